// What random cases of the parts look like: the shapes and options of one small case each. An array is the shape of a
// tensor of random numbers; "integers" are given as they are; "probabilities" lie in (0, 1); "boxes" and "sizes" are
// geometry. Cases of the alignment modules come from the table in mgan/zoo.
#pragma once

namespace verify {

inline constexpr const char* case_templates = R"json({
"region_embedding": {"config": {"normalize": "none"}, "tensors": {
  "input.features": [2, 4, 6], "input.boxes": {"boxes": [2, 4]}, "input.image_sizes": {"sizes": 2},
  "param.feature.weight": [5, 6], "param.feature.bias": [5], "param.position.weight": [5, 6], "param.position.bias": [5]}},
"patch_embedding": {"tensors": {"input.tokens": [2, 5, 6], "param.mlp.0.weight": [4, 6], "param.mlp.0.bias": [4],
  "param.mlp.2.weight": [4, 4], "param.mlp.2.bias": [4]}},
"text_embedding": {"tensors": {"input.tokens": [2, 4, 6], "param.linear.weight": [5, 6], "param.linear.bias": [5]}},
"multi_view_summarization": {"config": {"channels": [3, 2], "kernel_sizes": [1, 3], "dilations": [1, 2]}, "tensors": {
  "input.regions": [2, 5, 4], "input.region_lengths": {"integers": [5, 3]},
  "param.conv.0.weight": [3, 4, 1], "param.conv.0.bias": [3], "param.conv.1.weight": [2, 4, 3], "param.conv.1.bias": [2],
  "param.assignment.weight": [3, 5], "param.assignment.bias": [3]}},
"sentence_attention": {"config": {"heads": 2}, "tensors": {
  "input.words": [3, 4, 6], "input.word_lengths": {"integers": [4, 1, 3]},
  "param.query.weight": [6, 6], "param.query.bias": [6], "param.key.weight": [6, 6], "param.key.bias": [6],
  "param.value.weight": [6, 6], "param.value.bias": [6], "param.output.weight": [6, 6], "param.output.bias": [6]}},
"patch_selector": {"config": {"k": 3}, "tensors": {"input.patches": [2, 6, 4], "input.global": [2, 4],
  "param.norm.weight": [4], "param.norm.bias": [4], "param.project.weight": [2, 4],
  "param.score.0.weight": [2, 4], "param.score.2.weight": [1, 2]}},
"perturbed_top_k": {"config": {"k": 2, "sigma": 0.5, "estimator": "full"}, "tensors": {
  "input.scores": [2, 5], "input.noise": [2, 16, 5]}},
"similarity_interaction": {"config": {"temperature": 1.0}, "tensors": {
  "input.x": [4, 5], "input.lengths": {"integers": [5, 1, 3, 4]}, "param.weight": [5, 5]}},
"graph_summary": {"tensors": {
  "input.tokens": [3, 4, 5], "input.lengths": {"integers": [4, 1, 3]}, "input.nodes": [3, 5, 6],
  "input.node_lengths": {"integers": [2, 5, 4]}, "param.query.weight": [6, 5]}},
"batch_normalization": {"config": {"statistics": "batch", "momentum": 0.1}, "tensors": {
  "input.tokens": [3, 4, 5], "input.lengths": {"integers": [4, 1, 3]}, "param.norm.weight": [5], "param.norm.bias": [5],
  "param.norm.mean": [5], "param.norm.variance": [5]}},
"multi_granularity_matcher": {"config": {"channels": [3], "kernel_sizes": [1], "dilations": [1], "heads": 2, "k": 2,
    "temperature": 1.0, "weights": {"region": 1.0, "global": 0.6, "patch": 0.2}}, "tensors": {
  "input.features": [2, 3, 5], "input.boxes": {"boxes": [2, 3]}, "input.image_sizes": {"sizes": 2},
  "input.image_tokens": [2, 5, 7], "input.text_tokens": [3, 4, 5], "input.word_lengths": {"integers": [3, 1, 2]},
  "param.regions.feature.weight": [6, 5], "param.regions.feature.bias": [6],
  "param.regions.position.weight": [6, 6], "param.regions.position.bias": [6],
  "param.patches.mlp.0.weight": [6, 7], "param.patches.mlp.0.bias": [6],
  "param.patches.mlp.2.weight": [6, 6], "param.patches.mlp.2.bias": [6],
  "param.text.linear.weight": [6, 5], "param.text.linear.bias": [6],
  "param.region_alignment.views.conv.0.weight": [3, 6, 1], "param.region_alignment.views.conv.0.bias": [3],
  "param.region_alignment.views.assignment.weight": [3, 3], "param.region_alignment.views.assignment.bias": [3],
  "param.region_alignment.sentence.query.weight": [6, 6], "param.region_alignment.sentence.query.bias": [6],
  "param.region_alignment.sentence.key.weight": [6, 6], "param.region_alignment.sentence.key.bias": [6],
  "param.region_alignment.sentence.value.weight": [6, 6], "param.region_alignment.sentence.value.bias": [6],
  "param.region_alignment.sentence.output.weight": [6, 6], "param.region_alignment.sentence.output.bias": [6],
  "param.selector.norm.weight": [6], "param.selector.norm.bias": [6], "param.selector.project.weight": [3, 6],
  "param.selector.score.0.weight": [3, 6], "param.selector.score.2.weight": [1, 3],
  "param.patch_alignment.A1": [3, 3], "param.patch_alignment.A2": [2, 2],
  "param.patch_alignment.A3": [2, 2], "param.patch_alignment.A4": [3, 3]}},
"gpo": {"config": {"temperature": 0.5}, "tensors": {
  "input.tokens": [3, 4, 6], "input.lengths": {"integers": [4, 1, 3]}, "param.gru.weight_ih_l0": [9, 4],
  "param.gru.weight_hh_l0": [9, 3], "param.gru.bias_ih_l0": [9], "param.gru.bias_hh_l0": [9],
  "param.gru.weight_ih_l0_reverse": [9, 4], "param.gru.weight_hh_l0_reverse": [9, 3],
  "param.gru.bias_ih_l0_reverse": [9], "param.gru.bias_hh_l0_reverse": [9], "param.linear.weight": [1, 3]}},
"vsrn": {"config": {"layers": 1, "axis": "features", "scale_first": true}, "tensors": {
  "input.regions": [3, 4, 6], "input.region_lengths": {"integers": [4, 1, 3]}, "param.gcn.0.query.weight": [5, 6],
  "param.gcn.0.query.bias": [5], "param.gcn.0.key.weight": [5, 6], "param.gcn.0.key.bias": [5],
  "param.gcn.0.value.weight": [5, 6], "param.gcn.0.value.bias": [5], "param.gcn.0.output.weight": [6, 5],
  "param.gcn.0.output.bias": [6], "param.gcn.0.norm.weight": [6], "param.gcn.0.norm.bias": [6],
  "param.gcn.0.norm.mean": [6], "param.gcn.0.norm.variance": [6], "param.gru.weight_ih_l0": [9, 6],
  "param.gru.weight_hh_l0": [9, 3], "param.gru.bias_ih_l0": [9], "param.gru.bias_hh_l0": [9]}},
"gat": {"config": {"heads": 2}, "tensors": {
  "input.tokens": [3, 4, 6], "input.lengths": {"integers": [4, 1, 3]}, "param.query.weight": [6, 6],
  "param.query.bias": [6], "param.key.weight": [6, 6], "param.key.bias": [6], "param.value.weight": [6, 6],
  "param.value.bias": [6], "param.attention.weight": [6, 6], "param.attention.bias": [6],
  "param.hidden.weight": [6, 6], "param.hidden.bias": [6], "param.output.weight": [6, 6], "param.output.bias": [6],
  "param.attention_norm.weight": [6], "param.attention_norm.bias": [6], "param.attention_norm.mean": [6],
  "param.attention_norm.variance": [6], "param.output_norm.weight": [6], "param.output_norm.bias": [6],
  "param.output_norm.mean": [6], "param.output_norm.variance": [6]}},
"gated_fusion": {"tensors": {
  "input.first": [3, 4], "input.second": [3, 4], "param.first.weight": [4, 4], "param.first.bias": [4],
  "param.second.weight": [4, 4], "param.second.bias": [4], "param.first_gate.weight": [4, 4],
  "param.first_gate.bias": [4], "param.second_gate.weight": [4, 4], "param.second_gate.bias": [4]}},
"gated_self_attention": {"config": {"heads": 2, "layers": 1}, "tensors": {
  "input.tokens": [3, 4, 6], "input.lengths": {"integers": [4, 1, 3]}, "input.positions": [3, 4, 6],
  "param.0.query.weight": [6, 6], "param.0.query.bias": [6], "param.0.key.weight": [6, 6], "param.0.key.bias": [6],
  "param.0.value.weight": [6, 6], "param.0.value.bias": [6], "param.0.gate_query.weight": [3, 3],
  "param.0.gate_query.bias": [3], "param.0.gate_key.weight": [3, 3], "param.0.gate_key.bias": [3],
  "param.0.gate.weight": [6, 3], "param.0.gate.bias": [6], "param.0.norm.weight": [6], "param.0.norm.bias": [6],
  "param.0.norm.mean": [6], "param.0.norm.variance": [6]}},
"triplet_ranking_loss": {"config": {"margin": 0.2, "negatives": "hardest"}, "tensors": {"input.scores": [4, 4],
  "input.image_ids": {"integers": [7, 8, 7, 9]}}},
"annealed_ranking_loss": {"config": {"margin": 0.2, "hardest": 0.4}, "tensors": {"input.scores": [4, 4],
  "input.image_ids": {"integers": [7, 8, 7, 9]}}},
"contrastive_loss": {"config": {"temperature": 0.5, "margin": 0.2, "combine": "mean"}, "tensors": {"input.scores": [4, 4],
  "input.image_ids": {"integers": [7, 8, 7, 9]}},
  "note": "A trained temperature is `param.logit_scale` (), and no option. `margin` and `combine` (mean, sum) may be left out."},
"sigmoid_loss": {"tensors": {"input.scores": [4, 4], "input.image_ids": {"integers": [7, 8, 7, 9]},
  "param.logit_scale": [], "param.logit_bias": []}},
"hardest_cross_entropy": {"config": {"negatives": "hardest", "epsilon": 1e-6}, "tensors": {
  "input.scores": {"probabilities": [4, 4]}, "input.image_ids": {"integers": [7, 8, 7, 9]}},
  "note": "`negatives`: hardest, all."},
"soft_label_loss": {"config": {"temperature": 0.5}, "tensors": {"input.scores": [4, 4],
  "input.labels": {"probabilities": [4, 4]}},
  "note": "A trained temperature is `param.logit_scale` (), and no option. Labels are constants."},
"distillation_loss": {"config": {"temperature": 0.5, "teacher_temperature": 0.25}, "tensors": {"input.scores": [4, 4],
  "input.teacher": [4, 4]}, "note": "`input.scores` are the student's; the teacher is a constant."},
"diversity_regularization": {"tensors": {"input.assignment_logits": [2, 5, 3], "input.region_lengths": {"integers": [5, 3]}}},
"csls": {"config": {"k": 3}, "tensors": {"input.scores": [4, 6]}},
"inverted_softmax": {"config": {"beta": 20.0, "direction": "text_to_image"}, "tensors": {"input.scores": [4, 6]}},
"query_bank_normalization": {"config": {"beta": 20.0, "k": 1, "direction": "text_to_image"}, "tensors": {
  "input.scores": [4, 6], "input.bank": [4, 3]}},
"dual_softmax": {"config": {"temperature": 0.1, "direction": "image_to_text"}, "tensors": {"input.scores": [4, 6]}},
"retrieval_metrics": {"tensors": {"input.scores": [3, 6], "input.owner": {"integers": [0, 1, 2, 0, 1, 2]}}}
})json";

}  // namespace verify
