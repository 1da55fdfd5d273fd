// Batches made ahead of time by worker threads, handed over in order.
//
// A batch is a pure function of its index, so neither the number of threads nor their timing can change what is trained
// on. Each worker takes the next index, at most `ahead` beyond the consumer.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace mgan::train {

/// Batches make(first) .. make(last - 1). `make` runs on several threads at once. It should not open parallel regions
/// of LibTorch: every worker would get a thread pool of its own beside the trainer's.
template <class Batch>
class PrefetchingLoader {
 public:
  /// threads = 0 makes every batch in next(), on the caller's thread. `ahead` is at least the number of threads.
  PrefetchingLoader(std::int64_t first, std::int64_t last, std::function<Batch(std::int64_t)> make, int threads = 2,
                    int ahead = 4)
      : make_(std::move(make)),
        slots_(static_cast<std::size_t>(std::max({ahead, threads, 1}))),
        taken_(first),
        consumed_(first),
        last_(last) {
    try {
      for (int i = 0; i < threads; ++i) workers_.emplace_back([this] { work(); });
    } catch (...) {
      stop();
      throw;
    }
  }
  PrefetchingLoader(const PrefetchingLoader&) = delete;
  PrefetchingLoader& operator=(const PrefetchingLoader&) = delete;
  /// Waits for batches in the making; the others are never begun.
  ~PrefetchingLoader() { stop(); }

  /// The next batch, or nothing after the last. What `make` threw for this index is thrown here, and the loader has
  /// then ended. For one consumer.
  std::optional<Batch> next() {
    if (consumed_ >= last_) return std::nullopt;
    if (workers_.empty()) {
      const std::int64_t index = std::exchange(consumed_, last_);  // ended, if make_ throws
      std::optional<Batch> batch(make_(index));
      consumed_ = index + 1;
      return batch;
    }
    std::unique_lock lock(mutex_);
    Slot& slot = slots_[slot_of(consumed_)];
    ready_.wait(lock, [&] { return slot.batch.has_value() || slot.error; });
    if (slot.error) {
      consumed_ = last_;
      stopping_ = true;
      room_.notify_all();
      std::rethrow_exception(std::exchange(slot.error, nullptr));
    }
    std::optional<Batch> batch = std::exchange(slot.batch, std::nullopt);
    ++consumed_;
    room_.notify_one();
    return batch;
  }

 private:
  struct Slot {
    std::optional<Batch> batch;
    std::exception_ptr error;
  };

  std::size_t slot_of(std::int64_t index) const { return static_cast<std::size_t>(index) % slots_.size(); }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      room_.wait(lock, [&] {
        return stopping_ || taken_ >= last_ || taken_ - consumed_ < static_cast<std::int64_t>(slots_.size());
      });
      if (stopping_ || taken_ >= last_) return;
      const std::int64_t index = taken_++;
      Slot made;
      lock.unlock();
      try {
        made.batch.emplace(make_(index));
      } catch (...) {
        made.error = std::current_exception();
      }
      lock.lock();
      slots_[slot_of(index)] = std::move(made);
      ready_.notify_one();
    }
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    room_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  std::function<Batch(std::int64_t)> make_;
  std::vector<Slot> slots_;  // slots_[index % size] holds batch `index` until it is consumed
  std::int64_t taken_, consumed_, last_;
  bool stopping_ = false;
  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::vector<std::thread> workers_;  // last: the threads use everything above
};

}  // namespace mgan::train
