// A model out of a checkpoint, ready to score: the stored configuration builds it, the stored weights fill it.
//
//     struct Sizes { ... };                                                    // what your run put into its
//     configuration const auto loaded = load_model("best.safetensors", [](const io::Json& config) {
//       return mgan::make_matcher<at::Tensor>({.width = config.at("width")});
//     });
//     loaded.model.prepare_image(...)
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <utility>

#include "mgan/core/error.hpp"
#include "mgan/io/json.hpp"
#include "mgan/train/checkpoint.hpp"
#include "mgan/train/parameters.hpp"

namespace mgan::train {

/// What a checkpoint holds for those who do not train on.
template <class Model>
struct LoadedModel {
  Model model;
  io::Json config;
  std::int64_t epoch = 0, step = 0;  // of its training
  std::string warning = {};          // of a file that is read all the same, for the program to print
};

/// `make(config)` returns a model of the shapes that the weights have. Errors name the file: no checkpoint, a
/// configuration that `make` does not take, weights that are missing, left over or of another shape.
template <class Make>
auto load_model(const std::filesystem::path& checkpoint, const Make& make) {
  TrainingState state = read_training_state(checkpoint);
  io::Json config = io::parse_json(state.config, checkpoint.string() + ": config");
  auto model = [&] {
    try {
      return make(std::as_const(config));
    } catch (const std::exception& error) {
      fail(checkpoint.string(), ": config: ", error.what());
    }
  }();
  load_weights(checkpoint, named_tensors(model));
  return LoadedModel<decltype(model)>{std::move(model), std::move(config), state.epoch, state.step,
                                      std::move(state.warning)};
}

}  // namespace mgan::train
