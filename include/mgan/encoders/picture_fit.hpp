// How a picture of any shape becomes the square that an image encoder takes.
#pragma once

namespace mgan::encoders {

/// All of the picture, or the middle as CLIP does.
enum class PictureFit { squash, crop };

}  // namespace mgan::encoders
