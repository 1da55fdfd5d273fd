// Macros that a consumer may have when it includes mgan: names that nothing of ours may have.
#define I _Complex_I  // <complex.h> under gnu++20: FFTW, LAPACKE, SuiteSparse
#define TileShape 1   // X11/X.h, and what follows
#define Above 0
#define Always 2
#define Below 1
#define Complex 0
#define Convex 2
#define CursorShape 0
#define GrayScale 1
#define None 0L
#define Success 0
#define Unsorted 0
#define Bool int  // X11/Xlib.h
#define False 0
#define Status int
#define True 1
#define linux 1  // gnu++20 on Linux
#define unix 1
#define major(device) broken  // <sys/sysmacros.h>
#define minor(device) broken
