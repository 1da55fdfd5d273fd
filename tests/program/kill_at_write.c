// Preloaded into the program: SIGKILL before the KILL_AT-th step of writing files below KILL_BELOW, counted from 1. A step
// is a sync, a rename, a truncation, the first two writes to an open file and every 128th after; a write at which it is
// killed is torn: half of its bytes arrive.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int writes_of[4096];
static long steps = 0;

static int is_below(const char* path) {
  const char* folder = getenv("KILL_BELOW");
  return folder && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_ours(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return is_below(path);
}

static int is_time(void) {
  const char* at = getenv("KILL_AT");
  return ++steps == (at ? atol(at) : 0);
}

static void step(void) {
  if (is_time()) raise(SIGKILL);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  ssize_t (*real)(int, const void*, size_t) = dlsym(RTLD_NEXT, "write");
  if (fd >= 0 && fd < 4096 && is_ours(fd)) {
    const int n = ++writes_of[fd];
    if ((n <= 2 || n % 128 == 0) && is_time()) {
      real(fd, bytes, count / 2);
      raise(SIGKILL);
    }
  }
  return real(fd, bytes, count);
}

int close(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "close");
  if (fd >= 0 && fd < 4096) writes_of[fd] = 0;
  return real(fd);
}

int fsync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  if (is_ours(fd)) step();
  return real(fd);
}

int ftruncate(int fd, off_t length) {
  int (*real)(int, off_t) = dlsym(RTLD_NEXT, "ftruncate");
  if (is_ours(fd)) step();
  return real(fd, length);
}

int rename(const char* from, const char* to) {
  int (*real)(const char*, const char*) = dlsym(RTLD_NEXT, "rename");
  char path[PATH_MAX];
  if (realpath(from, path) && is_below(path)) step();
  return real(from, to);
}
