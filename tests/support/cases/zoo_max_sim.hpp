// MaxSim under its published names.
#pragma once

#include "mgan/alignment/max_sim.hpp"
#include "tests/reference/max_sim.hpp"
#include "zoo.hpp"

namespace support {

template <class Module, class F>
void max_sim_case(const std::string& name, Module module, const reference::MaxSim& p, F&& f) {
  const auto make = [module](auto) { return module; };
  const bool sharp = p.pool == reference::Pool::log_sum_exp || p.pool == reference::Pool::softmax;
  every_zoo_input(
      name, make, sharp ? p.beta : 1, p.filling ? Compat::competes : Compat::none,
      [p](const ZooInput& in) { return reference::max_sim(p, in.image, in.words, in.word_lengths, in.region_lengths); },
      f);
}

/// f(case) for every alias and every pooling.
template <class F>
void max_sim_cases(F&& f) {
  using M = reference::MaxSim;
  using Pool = reference::Pool;
  max_sim_case("ColBERT", mgan::ColBert{}, {M::text_to_image, Pool::sum}, f);
  max_sim_case("FILIP", mgan::Filip{}, {M::mean_of_both, Pool::mean}, f);
  max_sim_case("TERAN MrSw", mgan::TeranMrSw{}, {M::text_to_image, Pool::sum, M::raw}, f);
  max_sim_case("CHAN VHA, mean", mgan::ChanVha<mgan::MeanPool>{}, {M::text_to_image, Pool::mean}, f);
  max_sim_case("CHAN VHA, max", mgan::ChanVha<mgan::MaxPool>{}, {M::text_to_image, Pool::max}, f);
  max_sim_case("CHAN VHA, LSE", mgan::ChanVha<>{}, {M::text_to_image, Pool::log_sum_exp}, f);
  max_sim_case("CHAN THA, LSE", mgan::ChanTha<>{{0.3}}, {M::image_to_text, Pool::log_sum_exp, M::cosine, 0.3}, f);
  max_sim_case("CHAN THA, softmax", mgan::ChanTha<mgan::SoftmaxPool>{}, {M::image_to_text, Pool::softmax}, f);
  max_sim_case("LAPS max-mean", mgan::LapsMaxMean{}, {M::sum_of_both, Pool::mean, M::cosine, 0.1, 0.1}, f);
  max_sim_case("both, max", mgan::MaxSim<mgan::MeanOfBoth, mgan::MaxPool>{}, {M::mean_of_both, Pool::max}, f);
  max_sim_case("TI compat", mgan::TokenInteractionCompat{}, {M::mean_of_both, Pool::mean, M::cosine, 0.1, {}, 0.0}, f);
  max_sim_case("TERAN compat", mgan::TeranMrSwCompat{}, {M::text_to_image, Pool::sum, M::raw, 0.1, {}, 0.0}, f);
  max_sim_case("CHAN VHA compat", mgan::ChanVhaCompat<>{},
               {M::text_to_image, Pool::log_sum_exp, M::cosine_plus_epsilon, 0.1, {}, -1.0}, f);
  max_sim_case("CHAN THA compat", mgan::ChanThaCompat<mgan::MeanPool>{},
               {M::image_to_text, Pool::mean, M::cosine_plus_epsilon, 0.1, {}, -1.0}, f);
}

}  // namespace support
