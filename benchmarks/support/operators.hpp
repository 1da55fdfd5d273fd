// Where the time of LibTorch code goes: the processor's seconds within every operator, those of operators that it calls
// not counted. Of one thread.
#pragma once

#include <ATen/record_function.h>

#include <ctime>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "mgan/io/json.hpp"

namespace bench {

/// Watches the operators of this thread as long as it lives.
class OperatorTimes {
 public:
  OperatorTimes() {
    times() = {};
    handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(&begin, &end).needsInputs(true));
  }
  ~OperatorTimes() { at::removeCallback(handle_); }
  OperatorTimes(const OperatorTimes&) = delete;
  OperatorTimes& operator=(const OperatorTimes&) = delete;

  /// [{"operator", "shapes", "calls", "seconds"}]
  mgan::io::Json table() const {
    mgan::io::Json rows = mgan::io::Json::array();
    for (const auto& [key, entry] : times().entries)
      rows.push_back(
          {{"operator", key.first}, {"shapes", key.second}, {"calls", entry.calls}, {"seconds", entry.seconds}});
    return rows;
  }

 private:
  struct Entry {
    double seconds = 0;
    int calls = 0;
  };
  struct Frame {
    std::pair<std::string, std::string> key;
    double began, of_others = 0;
  };
  struct Times {
    std::map<std::pair<std::string, std::string>, Entry> entries;
    std::vector<Frame> stack;
  };
  static Times& times() {
    thread_local Times all;
    return all;
  }
  /// Of this thread.
  static double processor_time() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  }
  static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& f) {
    std::ostringstream shapes;
    for (const c10::IValue& input : f.inputs()) {
      if (!input.isTensor() || !input.toTensor().defined()) continue;
      const char* before = "";
      for (const std::int64_t n : input.toTensor().sizes()) shapes << std::exchange(before, "x") << n;
      shapes << ' ';
    }
    times().stack.push_back({{f.name(), shapes.str()}, processor_time()});
    return nullptr;
  }
  static void end(const at::RecordFunction&, at::ObserverContext*) {
    auto& stack = times().stack;
    if (stack.empty()) return;
    const Frame frame = std::move(stack.back());
    stack.pop_back();
    const double took = processor_time() - frame.began;
    Entry& entry = times().entries[frame.key];
    entry.seconds += took - frame.of_others;
    ++entry.calls;
    if (!stack.empty()) stack.back().of_others += took;
  }

  at::CallbackHandle handle_;
};

}  // namespace bench
