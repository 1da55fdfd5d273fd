// What the options of a file cannot say: published code that lets padding compete or count, and both forms of a
// context.
#include "mgan/alignment/camp_cosine.hpp"
#include "mgan/alignment/ignore_padding.hpp"
#include "mgan/alignment/max_sim.hpp"
#include "mgan/alignment/naaf.hpp"
#include "mgan/alignment/scan.hpp"
#include "mgan/alignment/ucofia.hpp"
#include "mgan/alignment/visual_semantic_attention.hpp"
#include "mgan/alignment/weighted_token_interaction.hpp"
#include "tests/reference/max_sim.hpp"
#include "tests/reference/naaf.hpp"
#include "tests/reference/scan.hpp"
#include "tests/reference/visual_semantic_attention.hpp"
#include "tests/support/cases/zoo_erased.hpp"
#include "tests/zoo/interactions.hpp"
#include "tests/zoo/networks.hpp"
#include "tests/zoo/trains.hpp"

namespace support {

namespace {

using reference::Pool;

/// Every input through `module`, which has no weights.
template <class Module>
void add_all(std::vector<AnyCase>& out, const std::string& name, const Module& module, double tau, Compat compat,
             bool sees_length, const std::function<Array(const ZooInput&)>& loop) {
  every_zoo_input(
      name, [module](auto) { return module; }, tau, compat, loop,
      [&](const auto& c) { out.push_back(erased(c, sees_length)); });
}

template <class Module>
void add_max_sim(std::vector<AnyCase>& out, const std::string& name, const Module& module, const reference::MaxSim& p) {
  const bool sharp = p.pool == Pool::log_sum_exp || p.pool == Pool::softmax;
  const bool sees_length = p.similarity != reference::MaxSim::cosine;
  add_all(out, name, module, sharp ? p.beta : 1, Compat::competes, sees_length, [p](const ZooInput& in) {
    return reference::max_sim(p, in.image, in.words, in.word_lengths, in.region_lengths);
  });
}

void add_contexts(std::vector<AnyCase>& out) {
  for (const auto form : {mgan::ContextLength::gram, mgan::ContextLength::direct}) {
    const std::string number = std::to_string(static_cast<int>(form));
    const auto scan = [](const reference::Scan& p) {
      return [p](const ZooInput& in) {
        return reference::scan(p, in.image, in.words, in.word_lengths, in.region_lengths);
      };
    };
    add_all(out, "SCAN t2i, contexts " + number, mgan::ScanTextToImage{2, 3, {}, {}, form}, 0.1, Compat::none, true,
            scan({true, 2, 3}));
    add_all(out, "SCAN i2t, contexts " + number, mgan::ScanImageToText{4, 20, {}, {}, form}, 0.1, Compat::none, true,
            scan({false, 4, 20}));
    add_all(out, "NAAF, contexts " + number, mgan::Naaf{0.35, 20, 3, {}, form}, 0.05, Compat::none, false,
            [](const ZooInput& in) {
              return reference::naaf({0.35, 20, 3, false}, in.image, in.words, in.word_lengths, in.region_lengths);
            });
    add_all(out, "VSA, contexts " + number, mgan::VisualSemanticAttention<mgan::MaxPool>{{}, 0.1, {}, form}, 0.05,
            Compat::none, false, [](const ZooInput& in) {
              return reference::visual_semantic_attention({0.1, Pool::max}, in.image, in.words, in.word_lengths,
                                                          in.region_lengths);
            });
  }
}

void add_maxima(std::vector<AnyCase>& out) {
  using M = reference::MaxSim;
  add_max_sim(out, "TI compat", mgan::TokenInteractionCompat{}, {M::mean_of_both, Pool::mean, M::cosine, 0.1, {}, 0.0});
  add_max_sim(out, "TERAN compat", mgan::TeranMrSwCompat{}, {M::text_to_image, Pool::sum, M::raw, 0.1, {}, 0.0});
  add_max_sim(out, "CHAN VHA compat", mgan::ChanVhaCompat<>{},
              {M::text_to_image, Pool::log_sum_exp, M::cosine_plus_epsilon, 0.1, {}, -1.0});
  add_max_sim(out, "CHAN THA compat", mgan::ChanThaCompat<mgan::MeanPool>{},
              {M::image_to_text, Pool::mean, M::cosine_plus_epsilon, 0.1, {}, -1.0});
  add_all(out, "FILIP compat", mgan::FilipCompat{}, 1, Compat::counts, false, [](const ZooInput& in) {
    return reference::max_sim({}, zero_padding(in.image, in.region_lengths), zero_padding(in.words, in.word_lengths));
  });
  add_all(out, "VSA compat", mgan::VisualSemanticAttention<>{{}, 0.1, mgan::AttentionPadding::minus_one}, 0.05,
          Compat::competes, false, [](const ZooInput& in) {
            return reference::visual_semantic_attention({0.1, Pool::log_sum_exp, 0.1, true}, in.image, in.words,
                                                        in.word_lengths, in.region_lengths);
          });
}

/// A case with the weights that the module's setting in tests/zoo draws.
template <class Case>
Case with_weights(Case c, const zoo::ModuleCases& module, double size) {
  zoo::Setting setting = module.settings.front();
  setting.weight_size = size;
  for (auto& [name, weight] : module.weights(setting, c.in.image.size(1), c.in.words.size(1), c.in.image.size(2)))
    c.in.weights[name.substr(std::string("param.").size())] = weight;
  return c;
}

void add_weighted(std::vector<AnyCase>& out) {
  every_zoo_input<false>(
      "UCoFiA compat", []<class T>(std::type_identity<T>) { return mgan::ucofia_alignment_compat<T>(1, 1); }, 0.01,
      Compat::counts,
      [](const ZooInput& in) {
        const auto& w = in.weights;
        return reference::patch_alignment(
                   {w.at("A1"), w.at("A2"), w.at("A3"), w.at("A4"), 0.01, reference::Convention::row}, in.image,
                   zero_padding(in.words, in.word_lengths), {})
            .scores;
      },
      [&](const auto& c) { out.push_back(erased(with_weights(c, zoo::patch_alignment_cases(), 0.05), false)); });
  every_zoo_input(
      "WTI compat", []<class T>(std::type_identity<T>) { return mgan::WeightedTokenInteractionCompat<T>{}; }, 1,
      Compat::competes,
      [](const ZooInput& in) {
        const auto linear = [&](const std::string& name) {
          return ReferenceLinear{in.weights.at(name + ".weight"), in.weights.at(name + ".bias")};
        };
        return reference::weighted_token_interaction(
            {linear("text.0"), linear("text.2"), linear("image.0"), linear("image.2"), 0.0}, in.image, in.words,
            in.word_lengths, in.region_lengths);
      },
      [&](const auto& c) { out.push_back(erased(with_weights(c, zoo::weighted_token_interaction_cases(), 1), true)); });
}

void add_messages(std::vector<AnyCase>& out) {
  every_zoo_input(
      "CAMP compat",
      []<class T>(std::type_identity<T>) {
        return mgan::CampCosine<T>{{}, {}, mgan::MessagePadding::counted};
      },
      1, Compat::counts,
      [](const ZooInput& in) {
        reference::Camp p = zoo::camp({in.weights, ""}, {{"stage", "cosine"}});
        p.padded_words_count = true;
        return reference::camp(p, in.image, in.words, in.word_lengths, in.region_lengths);
      },
      [&](const auto& c) { out.push_back(erased(with_weights(c, zoo::camp_cases(), 1), true)); });
}

}  // namespace

std::vector<AnyCase> compat_cases() {
  std::vector<AnyCase> out;
  add_contexts(out);
  add_maxima(out);
  add_weighted(out);
  add_messages(out);
  return out;
}

}  // namespace support

TEST_CASE("A compat variant trains as the patch and the region alignment of a matcher", "[torch][zoo]") {
  zoo::train_in_a_matcher("TI compat", mgan::TokenInteractionCompat{});
}
