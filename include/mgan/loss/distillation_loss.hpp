// A student's scores shall rank a batch as a teacher's do: Kullback-Leibler divergence of what each makes of the batch.
// Hinton, Vinyals, Dean (2015), in both directions of retrieval.
//
//     L = (mean_i sum_j p_ij (log p_ij - log q_ij) + the same of columns) / 2
//     p_i = softmax_j(S_teacher_ij / teacher_temperature),    q_i = softmax_j(S_student_ij / temperature)
//
// 0 where both agree, else above. Not multiplied by temperature^2. The teacher has no gradient.
#pragma once

#include "mgan/loss/soft_label_loss.hpp"

namespace mgan {

struct DistillationLoss {
  double temperature = 0.1;          ///< of the student's scores
  double teacher_temperature = 0.1;  ///< of the teacher's, which may have another range

  /// scores (B, B) of both, the student's first -> the divergence, a mean over the batch.
  template <Tensor X, Tensor Y>
  auto operator()(const X& student, const Y& teacher) const {
    check_pairs("DistillationLoss", student);
    check_shape("DistillationLoss", "teacher", teacher, shape(student));
    check_finite("DistillationLoss", "teacher", teacher);
    check_positive("DistillationLoss", "temperature", temperature);
    check_positive("DistillationLoss", "teacher_temperature", teacher_temperature);
    const auto logits = scale(widen(student), 1 / temperature);                  // (B, B)
    const auto target = scale(detach(widen(teacher)), 1 / teacher_temperature);  // (B, B)
    return scale(add(one_direction(logits, target), one_direction(transpose(logits), transpose(target))), 0.5);  // ()
  }

 private:
  template <Tensor X, Tensor Y>
  static auto one_direction(const X& logits, const Y& target) {
    const auto log_p = log_softmax(target);                              // (B, B)
    return mean(sum(mul(exp(log_p), sub(log_p, log_softmax(logits)))));  // ()
  }
};

}  // namespace mgan
