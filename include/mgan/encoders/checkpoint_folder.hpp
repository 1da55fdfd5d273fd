// A Hugging Face folder: config.json, and the tensors of model.safetensors or of its shards.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "mgan/core/error.hpp"
#include "mgan/io/json.hpp"
#include "mgan/io/mapped_file.hpp"
#include "mgan/io/safetensors.hpp"

namespace mgan::encoders {

namespace detail {

/// False also where the system cannot say: a name that is too long, a folder that may not be entered.
inline bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace detail

/// Mapped, not read: tensors are views that live as long as this object. Whatever is wrong with the folder is an Error
/// that names the file. Pickle files (pytorch_model.bin) are refused: reading one can run any program.
class CheckpointFolder {
 public:
  explicit CheckpointFolder(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::error_code ignored;
    require(std::filesystem::is_directory(folder_, ignored), where(),
            ": not a folder with config.json and model.safetensors");
    const auto single = folder_ / "model.safetensors", index = folder_ / "model.safetensors.index.json";
    if (detail::is_there(single)) {
      add(open(single));
    } else if (detail::is_there(index)) {
      read_shards(index);
    } else {
      refuse_pickle();
      fail(where(), ": no model.safetensors and no model.safetensors.index.json");
    }
    config_ = io::read_json(config_path());
    require(config_.is_object(), config_path().string(), ": not a JSON object");
  }

  std::string where() const { return folder_.string(); }
  std::filesystem::path config_path() const { return folder_ / "config.json"; }
  const io::Json& config() const { return config_; }
  /// By their names in the files.
  const std::map<std::string, const io::TensorView*>& tensors() const { return tensors_; }

  /// Elements of all tensors.
  std::uint64_t elements() const {
    std::uint64_t count = 0;
    for (const auto& [name, view] : tensors_) count += view->bytes.size() / io::size_of(view->dtype);
    return count;
  }

 private:
  const io::SafetensorsFile& open(const std::filesystem::path& path) {
    require(!io::MappedFile(path).text().starts_with("version https://git-lfs"), path.string(),
            ": a Git LFS pointer, the weights themselves were not fetched (git lfs pull)");
    return files_.emplace_back(path);
  }
  void add(const io::SafetensorsFile& file) {
    for (const std::string& name : file.names()) tensors_[name] = &file.at(name);
  }

  /// {"weight_map": {tensor: file}}: exactly these tensors, each in its file.
  void read_shards(const std::filesystem::path& index) {
    const io::Json json = io::read_json(index);
    const std::string name = index.string();
    require(json.is_object() && json.contains("weight_map") && json["weight_map"].is_object(), name,
            ": expected an object with an object 'weight_map'");
    std::map<std::string, const io::SafetensorsFile*> shards;
    for (const auto& [tensor, file] : json["weight_map"].items()) {
      if (!file.is_string()) fail(name, ": the file of tensor '", printable(tensor), "' is not a string");
      const auto& file_name = file.get_ref<const std::string&>();
      if (std::filesystem::path(file_name).filename() != file_name || file_name == "." || file_name == ".." ||
          file_name.find('\0') != std::string::npos)
        fail(name, ": tensor '", printable(tensor), "' is in '", printable(file_name),
             "', expected a file of this folder");
      auto& shard = shards[file_name];
      if (!shard) {
        if (!detail::is_there(folder_ / file_name)) fail(name, ": the shard ", printable(file_name), " is missing");
        shard = &open(folder_ / file_name);
      }
      if (!shard->contains(tensor))
        fail((folder_ / file_name).string(), ": no tensor '", printable(tensor), "', which the index promises");
      tensors_[tensor] = &shard->at(tensor);
    }
    for (const auto& [file_name, shard] : shards)
      for (const std::string& tensor : shard->names())
        if (!json["weight_map"].contains(tensor) || json["weight_map"][tensor] != file_name)
          fail((folder_ / file_name).string(), ": tensor '", printable(tensor), "' is not in the index, or elsewhere");
  }

  void refuse_pickle() const {
    const std::string reason =
        ": only a pickle file is here. Reading one can run any program, so it is never read. Convert it once, in "
        "Python:\n";
    const auto bin = folder_ / "pytorch_model.bin", index = folder_ / "pytorch_model.bin.index.json";
    require(!detail::is_there(index), index.string(), reason, "  from transformers import AutoModel\n",
            "  AutoModel.from_pretrained('", where(), "').save_pretrained('", where(), "')");
    require(!detail::is_there(bin), bin.string(), reason, "  import torch, safetensors.torch\n",
            "  safetensors.torch.save_file({name: t.contiguous().clone() for name, t in torch.load('", bin.string(),
            "', weights_only=True).items()}, '", (folder_ / "model.safetensors").string(), "')");
  }

  std::filesystem::path folder_;
  std::deque<io::SafetensorsFile> files_;  // a deque: views point into them
  std::map<std::string, const io::TensorView*> tensors_;
  io::Json config_;
};

/// A configuration of terabytes is refused before memory is taken for it.
inline void check_size(const CheckpointFolder& folder, std::int64_t weights) {
  const auto stored = folder.elements();
  require(static_cast<std::uint64_t>(weights) / 64 <= stored + 1'000'000, folder.config_path().string(),
          ": describes more than ", weights, " weights, the files hold ", stored);
}

}  // namespace mgan::encoders
