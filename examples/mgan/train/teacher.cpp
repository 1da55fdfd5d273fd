#include "teacher.hpp"

#include <ATen/core/grad_mode.h>

#include "mgan/io/sha256.hpp"

namespace program {

namespace {

using mgan::io::Json;

/// What decides which tensors a batch holds.
Json inputs_of(const Config& c) {
  Json inputs = {{"vision_sha256", c.encoders.vision_sha256},
                 {"text_sha256", c.encoders.text_sha256},
                 {"tuned_layers", c.encoders.tuned_layers},
                 {"max_words", c.model.max_words},
                 {"vocabulary", c.vocabulary},
                 {"image_size", c.model.image_size},
                 {"regions", word_of(c.model.regions)},
                 {"region_width", c.model.region_width}};
  if (c.encoders.used()) inputs["fit"] = word_of(c.encoders.fit);
  return inputs;
}

}  // namespace

std::string teacher_sha256(const LossConfig& config) {
  return config.teacher.empty() ? "" : mgan::io::sha256_of_file(config.teacher);
}

Teacher Teacher::load(const Config& student, const std::string& device) {
  const std::string where = "--teacher " + student.loss.teacher;
  const std::string found = teacher_sha256(student.loss);
  mgan::require(found == student.loss.teacher_sha256, where, ": its SHA-256 is ", found, ", the run began with ",
                student.loss.teacher_sha256);
  Teacher teacher{load_model(student.loss.teacher, std::nullopt, device)};
  const Json own = inputs_of(student), its = inputs_of(teacher.loaded.config);
  for (const auto& [name, value] : own.items()) {
    if (its[name] == value) continue;
    mgan::require(name != "vocabulary", where, ": was trained with another vocabulary of ",
                  teacher.loaded.config.vocabulary.size(), " words, this model has ", student.vocabulary.size());
    mgan::fail(where, ": takes other inputs: ", name, " is ", its[name].dump(), ", of this model ", value.dump());
  }
  return teacher;
}

at::Tensor Teacher::operator()(const ImageBatch& images, const CaptionBatch& captions) const {
  const at::NoGradGuard no_grad;
  const Model& model = loaded.model;
  return model.combine(model.parts(model.prepare_images(images), model.prepare_texts(captions)));  // (I, T)
}

}  // namespace program
