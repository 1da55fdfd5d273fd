// The fields of a configuration: JSON key, member, what it is for, which values it takes, options by another name than
// the key's. docs/configuration.md is made of this.
#pragma once

#include "config.hpp"
#include "field.hpp"

namespace program {

template <>
inline constexpr auto fields_of<DataConfig> = std::tuple{
    field("data", &DataConfig::data,
          "scenes (painted here), a Karpathy JSON file, a folder with one dataset*.json, a folder of region features "
          "in SCAN's layout or around its `precomp`, or a cache of `mgan extract`"),
    field("images", &DataConfig::images,
          "Folder of the photographs; images/ beside the JSON file, or images/ or flickr30k-images/ beside the "
          "features, when left out"),
    field("ids", &DataConfig::ids,
          "Which photograph an id of SCAN's files is: id_mapping.json, or a Karpathy JSON (cocoid, or imgid); either "
          "is found beside the features when left out"),
    field("cache", &DataConfig::cache,
          "Patches and words for the region features of --data: a cache of `mgan extract`, joined by image id"),
    field("word_cache", &DataConfig::word_cache, "Words from another cache than the patches"),
    field("join_by", &DataConfig::join_by,
          "What of the cache's images is compared with the ids of --data: name, file, stem, number (COCO's id), id "
          "(Karpathy's imgid), or any: what finds the most"),
    field("missing", &DataConfig::missing,
          "fatal, or skip: images that one of the sources lacks are left out, with a warning that counts them"),
    field("boxes", &DataConfig::boxes,
          "annotated (scenes and caches; photographs get the grid), grid, both (caches), or a JSON file of boxes"),
    field("positions", &DataConfig::positions,
          "boxes, or none: Eq. (1) without positions, V_bar = V; region features then need no files of boxes"),
    field("grid", &DataConfig::grid, "Boxes a side of the grid; the whole picture is one more", between(1, 100)),
    field("train_scenes", &DataConfig::train_scenes, "Scenes of the training split", between(1, 1e8)),
    field("validation_scenes", &DataConfig::validation_scenes, "Scenes of the other splits, each", between(1, 1e8)),
    field("scenes_seed", &DataConfig::scenes_seed, "Seed of the scenes"),
    field("min_count", &DataConfig::min_count, "Occurrences that make a word one of the vocabulary", at_least(1)),
    field("restval", &DataConfig::restval, "COCO: train on train and restval, as the field does"),
    field("testall", &DataConfig::testall, "SCAN's layout: the test split is COCO's 5,000 images").stored(),
    field("broken_pictures", &DataConfig::broken_pictures, "fatal, or skip: a warning names each that is left out"),
};

template <>
inline constexpr auto fields_of<ModelConfig> = std::tuple{
    field("region_alignment", &ModelConfig::region_alignment, "Module of the region slot, or none"),
    field("global_alignment", &ModelConfig::global_alignment, "Module of the global slot, or none"),
    field("patch_alignment", &ModelConfig::patch_alignment, "Module of the patch slot, or none"),
    field("scorer", &ModelConfig::scorer,
          "fused (one sweep over all pairs, where the patch module allows it; CPU) or functor (as it is written); to "
          "evaluate also fused-bf16 and fused-int8: patch products in low precision, the best pairs again in fp32"),
    field(
        "precision", &ModelConfig::precision,
        "Of products: fp32; bf16, by autocast: those of encoders; bf16-all: the matcher's up to the scores too. Norms, "
        "softmax, scores and losses are fp32 always"),
    field("temperature", &ModelConfig::temperature, "Of the similarity interaction", above(0)),
    field("interaction_start", &ModelConfig::interaction_start,
          "The interaction's matrices start as this times the identity (1: as the paper; 0: plain means)"),
    field("regions", &ModelConfig::regions,
          "Region features: pixels (8 x 8 crops), tokens (means of the encoder's), or features (of the data set)"),
    field("region_width", &ModelConfig::region_width, "Width of given region features", between(0, 1e6)).stored(),
    field("image_size", &ModelConfig::image_size, "Pixels a side of the encoder's input", between(1, 16384)),
    field("patch_size", &ModelConfig::patch_size, "Pixels a side of a patch", between(1, 16384)),
    field("vision_width", &ModelConfig::vision_width, "Width of the image encoder", between(1, 65536)),
    field("vision_layers", &ModelConfig::vision_layers, "Layers of the image encoder", between(0, 1000)),
    field("vision_heads", &ModelConfig::vision_heads, "Attention heads of the image encoder", between(1, 65536)),
    field("text_width", &ModelConfig::text_width, "Width of the text encoder", between(1, 65536)),
    field("text_layers", &ModelConfig::text_layers, "Layers of the text encoder", between(0, 1000)),
    field("text_heads", &ModelConfig::text_heads, "Attention heads of the text encoder", between(1, 65536)),
    field("width", &ModelConfig::width, "D, the joint dimension", between(1, 65536)),
    field("k", &ModelConfig::k, "K, patches that the selector keeps", at_least(1)).named("-k,--patches"),
    field("n_views", &ModelConfig::n_views, "N, views of the region module", between(1, 65536)).named("--views"),
    field("heads", &ModelConfig::heads, "Attention heads of the region module", between(1, 65536)),
    field("region_slots", &ModelConfig::region_slots,
          "Most regions of an image, for region modules with statistics for each (SGRAF)", between(1, 65536)),
    field("similarity_width", &ModelConfig::similarity_width, "Numbers of a vector of similarities (SGRAF)",
          between(1, 65536)),
    field("max_words", &ModelConfig::max_words, "L, words of a caption; longer ones are cut", between(1, 4096)),
    field(
        "refine_regions", &ModelConfig::refine_regions,
        "How the regions of an image see each other: none, vsrn (graph convolutions), gat (DSRAN's graph attention) or "
        "agsa (CAMERA's gated self-attention)"),
    field("refine_patches", &ModelConfig::refine_patches, "The same for its patches"),
    field("refine_words", &ModelConfig::refine_words, "The same for the words of a caption"),
    field("refine_heads", &ModelConfig::refine_heads, "Attention heads of gat and agsa", between(1, 65536)),
    field("refine_layers", &ModelConfig::refine_layers, "Layers of vsrn and agsa; 0: the publication's, 4 and 1",
          between(0, 1000)),
    field("region_weight", &ModelConfig::region_weight, "Weight of S_region"),
    field("global_weight", &ModelConfig::global_weight, "Weight of S_global"),
    field("patch_weight", &ModelConfig::patch_weight, "Weight of S_patch"),
};

template <>
inline constexpr auto fields_of<EncodersConfig> = std::tuple{
    field("vision", &EncodersConfig::vision,
          "Hugging Face folder of CLIP or of a plain ViT, frozen; `train` encodes pictures in every epoch, no cache is "
          "needed"),
    field("text", &EncodersConfig::text, "Hugging Face folder of a BERT"),
    field("vision_sha256", &EncodersConfig::vision_sha256, "SHA-256 of the image encoder").stored(),
    field("text_sha256", &EncodersConfig::text_sha256, "SHA-256 of the text encoder").stored(),
    field("fit", &EncodersConfig::fit,
          "How a picture becomes the encoder's square: squash (all of it) or crop (the middle, as CLIP does)"),
    field("raw_data", &EncodersConfig::raw_data, "Data that the cache was made of").stored(),
    field("raw_boxes", &EncodersConfig::raw_boxes, "Boxes that the cache was made of").stored(),
    field("tuned_layers", &EncodersConfig::tuned_layers, "Last layers of BERT that are trained", between(0, 1)),
    field("text_learning_rate", &EncodersConfig::text_learning_rate, "Adam's step for them", at_least(0)),
    field("standardize", &EncodersConfig::standardize,
          "Features by mean (center), or mean and deviation (scale), of the training split; or none"),
};

template <>
inline constexpr auto fields_of<RecipeConfig> = std::tuple{
    field("epochs", &RecipeConfig::epochs, "Passes over the training data", between(1, 1e9)),
    field(
        "epoch_of", &RecipeConfig::epoch_of,
        "images: an epoch has every image once, with the next of its captions; captions: every caption once, with its "
        "image"),
    field("batch", &RecipeConfig::batch, "Images a step; pairs, where an epoch is of captions", at_least(2)),
    field("captions_per_image", &RecipeConfig::captions_per_image, "Captions of each image a step", between(1, 1e6)),
    field("learning_rate", &RecipeConfig::learning_rate, "Adam's step", above(0)),
    field("schedule", &RecipeConfig::schedule,
          "Of the learning rate, behind its warm-up: step (--decay, --decay-every), or cosine (to 0 at the end of the "
          "run, which knows no decays)"),
    field("decay", &RecipeConfig::decay, "What a decay multiplies the rate by", above(0)),
    field("decay_every", &RecipeConfig::decay_every, "Epochs between decays of the rate; 0: none", at_least(0)),
    field("clip", &RecipeConfig::clip, "Longest gradient", above(0)),
    field("margin", &RecipeConfig::margin, "Of the losses triplet and annealed", at_least(0)),
    field("warmup_epochs", &RecipeConfig::warmup_epochs,
          "Epochs at the start with all negatives in place of the hardest: of the losses triplet and cross-entropy",
          at_least(0)),
    field("warmup_steps", &RecipeConfig::warmup_steps, "Steps of a linearly rising learning rate", at_least(0)),
    field("balance", &RecipeConfig::balance, "camera (L_rank + 0.01 L_div) or as_printed (L_div + 0.01 L_rank)"),
    field("granularity_loss", &RecipeConfig::granularity_loss,
          "Weight of the loss on every granularity alone, added to that of the sum", at_least(0)),
    field("patch_loss", &RecipeConfig::patch_loss, "The same for the patch score alone", at_least(0)),
    field("patch_epochs", &RecipeConfig::patch_epochs, "Epochs at the start that train the patch score alone",
          at_least(0)),
    field("weight_decay", &RecipeConfig::weight_decay, "Decoupled weight decay, of matrices alone", at_least(0)),
    field("word_dropout", &RecipeConfig::word_dropout, "Share of the training words that become [UNK]",
          Range{.least = 0, .most = 1, .below = true}),
    field("augment", &RecipeConfig::augment, "none, crop, or flip (crop, and mirrored half of the time)"),
    field("seed", &RecipeConfig::seed, "Of weights, order and noise"),
    field("validate_every", &RecipeConfig::validate_every, "Epochs between validations", at_least(1)),
    field("validation_images", &RecipeConfig::validation_images, "First images to validate on; 0: all", at_least(0)),
    field("checkpoint_every", &RecipeConfig::checkpoint_every,
          "Steps between checkpoints; 0: at the end of every epoch alone", at_least(0)),
    field("epoch_steps", &RecipeConfig::epoch_steps, "Steps an epoch at most; 0: once through the images", at_least(0)),
    field("accumulate", &RecipeConfig::accumulate,
          "Batches a step, which takes the mean of their gradients; negatives are those of a batch", between(1, 1e6)),
    field("average", &RecipeConfig::average,
          "Decay of an exponential average of the weights, which is then validated and kept as best (0.999 looks back "
          "on some 1,000 steps); 0: none",
          Range{.least = 0, .most = 1, .below = true}),
    field("patience", &RecipeConfig::patience,
          "Validations in a row without a better RSum that end the run; 0: it has all its epochs", at_least(0)),
};

template <>
inline constexpr auto fields_of<LossConfig> = std::tuple{
    field("name", &LossConfig::name,
          "triplet (--margin), annealed (from all negatives to the hardest), contrastive (softmax over the batch), "
          "soft-label (the same with several right answers), sigmoid (every pair alone), or cross-entropy (of scores "
          "that are probabilities)")
        .named("--loss"),
    field("negatives", &LossConfig::negatives, "Of triplet and cross-entropy, behind --warmup-epochs: hardest or all"),
    field("annealing", &LossConfig::annealing, "annealed: the share of all negatives is this to the power of the step",
          between(0, 1)),
    field("temperature", &LossConfig::temperature,
          "contrastive, soft-label: scores are divided by it; where it is trained, at the start", above(0))
        .named("--loss-temperature"),
    field("trained", &LossConfig::trained, "The temperature is trained, down to 0.01").named("--train-temperature"),
    field("margin", &LossConfig::margin, "contrastive: added to the scores of negatives", at_least(0))
        .named("--contrastive-margin"),
    field("combine", &LossConfig::combine, "contrastive: mean of both directions (CLIP), or sum (CHAN)"),
    field("smoothing", &LossConfig::smoothing, "soft-label: the share of the label that all of the batch get",
          Range{.least = 0, .most = 1, .below = true})
        .named("--label-smoothing"),
    field("scale", &LossConfig::scale, "sigmoid: factor of the scores at the start; trained", above(0))
        .named("--sigmoid-scale"),
    field("bias", &LossConfig::bias, "sigmoid: what is added to them at the start; trained").named("--sigmoid-bias"),
    field("epsilon", &LossConfig::epsilon, "cross-entropy: probabilities are cut to [this, 1 - this]",
          Range{.least = 0, .most = 0.5, .above = true, .below = true})
        .named("--clip-probability"),
    field("ramp_epoch", &LossConfig::ramp_epoch,
          "In this epoch, the first is 1, the loss is multiplied by i / n in step i of n, from 0 on; 0: in none",
          at_least(0)),
    field("teacher", &LossConfig::teacher,
          "Checkpoint of a model of the same inputs: a divergence from its scores is added to the loss"),
    field("teacher_sha256", &LossConfig::teacher_sha256, "SHA-256 of the teacher").stored(),
    field("distillation", &LossConfig::distillation, "Weight of that divergence", at_least(0)),
    field("student_temperature", &LossConfig::student_temperature, "Of the trained model's scores in it", above(0)),
    field("teacher_temperature", &LossConfig::teacher_temperature, "Of the teacher's scores in it", above(0)),
};

template <>
inline constexpr auto fields_of<Config> = std::tuple{
    field("data", &Config::data), field("model", &Config::model),       field("recipe", &Config::recipe),
    field("loss", &Config::loss), field("encoders", &Config::encoders), field("vocabulary", &Config::vocabulary)};

}  // namespace program
