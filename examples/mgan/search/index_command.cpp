#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/config_fields.hpp"
#include "app/folder_lock.hpp"
#include "app/options.hpp"
#include "commands.hpp"
#include "index_writer.hpp"

namespace program {

namespace {

struct Flags {
  std::string checkpoint;
  search::SourceOptions source;
  search::WriteOptions options;
};

void make_index(Flags flags) {
  flags.options.broken = flags.source.broken;
  const search::CheckpointEntry checkpoint = search::checkpoint_entry(flags.checkpoint);
  const LoadedModel model = load_model(flags.checkpoint, Scorer::fused);
  const search::ImageSource source = search::open_source(flags.source, model.config);
  for (const std::string& warning : source.warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  const FolderLock lock(flags.options.output, "index");
  const search::WrittenIndex written = search::write_index(model, checkpoint, source, flags.options);
  std::printf("%s: %zu images (%s), %zu shards, %zu of them there already, %.1f s\n",
              flags.options.output.string().c_str(), written.images, source.description.c_str(), written.shards,
              written.reused_shards, written.seconds);
}

}  // namespace

void add_index_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand("index", "Encode images once, for `mgan search`");
  const auto flags = std::make_shared<Flags>();
  command->add_option("--checkpoint", flags->checkpoint, "best.safetensors of a run")->required();
  command->add_option("--images", flags->source.images,
                      "Folder of JPEG and PNG files, folders below it included; with --data: its photographs");
  add_option<&DataConfig::data>(*command, flags->source.data,
                                "; instead of a folder; as trained when both are left out");
  add_option(*command, "--split", flags->source.split, "Of the data set: train, val or test");
  add_option<&DataConfig::boxes>(*command, flags->source.boxes, as_trained);
  command->add_option("-o,--output", flags->options.output, "Folder of the index")->required();
  add_option(*command, "--broken", flags->source.broken,
             "Files of the folder that are no pictures: skip them, or fatal");
  add_option(*command, "--shard", flags->options.images_a_shard, "Images a file, a multiple of 16", at_least(16));
  command->add_flag("--replace", flags->options.replace, "Replace an index of something else in the output folder");
  command->add_flag("--quiet", flags->options.quiet, "No progress, only warnings and the result");
  command->footer(
      "A command that was interrupted goes on where it was: finished shards are kept as long as the checkpoint, the\n"
      "images and the options are the same.");
  command->callback([flags] { make_index(*flags); });
}

}  // namespace program
