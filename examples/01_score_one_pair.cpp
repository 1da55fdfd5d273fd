// Score a picture against captions, patch by word, with Eigen alone.
#include <Eigen/Core>
#include <cstdio>
#include <vector>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/patch_alignment.hpp"
#include "mgan/backend/eigen.hpp"

using Matrix = Eigen::MatrixXd;

int main() {
  // A toy joint space of four dimensions: dog, ball, grass, car. A row is a token.
  const Matrix picture{{0.9, 0.1, 0.2, 0.0}, {0.1, 0.8, 0.1, 0.0}, {0.0, 0.1, 0.9, 0.1}};         // (3 patches, 4)
  const Matrix dog_plays_ball{{1.0, 0.0, 0.1, 0.0}, {0.3, 0.4, 0.1, 0.0}, {0.1, 1.0, 0.0, 0.0}};  // (3 words, 4)
  const Matrix parked_car{{0.0, 0.0, 0.2, 0.9}, {0.0, 0.1, 0.0, 1.0}};                            // (2 words, 4)

  // S_patch of Eq. (6)-(10) with identities for A1 to A4: 3 patches, captions of at most 8 words.
  const auto soft = mgan::PatchAlignment<Matrix>::create(3, 8, /*temperature=*/1);
  const auto sharp = mgan::PatchAlignment<Matrix>::create(3, 8, /*temperature=*/0.1);
  std::printf("dog plays ball  tau 1: %.3f  tau 0.1: %.3f\n", soft(picture, dog_plays_ball),
              sharp(picture, dog_plays_ball));
  std::printf("parked car      tau 1: %.3f  tau 0.1: %.3f\n", soft(picture, parked_car), sharp(picture, parked_car));

  // Lists, every picture against every caption; each is prepared once.
  const Matrix scores =
      mgan::all_pairs(sharp, std::vector{picture}, std::vector{dog_plays_ball, parked_car});  // (1, 2)
  std::printf("all pairs       %.3f %.3f\n", scores(0, 0), scores(0, 1));
}
