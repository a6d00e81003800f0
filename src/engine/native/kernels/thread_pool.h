// Threads that work on one kernel at a time. Which thread computes what is never visible in a result.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

inline void cpu_relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// A buffer that only grows: after the first step nothing is allocated.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::free(data_); }
  void* bytes(size_t n) {
    if (n > size_) {
      std::free(data_);
      size_ = (n + 4095) / 4096 * 4096;
      data_ = std::aligned_alloc(64, size_);
      if (data_ == nullptr) throw std::bad_alloc();
    }
    return data_;
  }
  float* floats(size_t n) { return static_cast<float*>(bytes(n * sizeof(float))); }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
};

// Takes blocks of `size` of [0, n) while there are any, in turn with other threads, and calls f(from, to) for each.
template <class F>
void take_blocks(std::atomic<int>& next, size_t n, size_t size, F&& f) {
  for (;;) {
    const size_t from = (size_t)next.fetch_add(1, std::memory_order_relaxed) * size;
    if (from >= n) return;
    f(from, from + size < n ? from + size : n);
  }
}

// How many of a pool's threads work. A thread that other processes keep from its core holds up all others at every
// barrier: where the caller waits for most of its time, half as many threads are faster. They come back after a while, to be
// tried again.
class ConcurrencyLimit {
 public:
  explicit ConcurrencyLimit(int threads) : threads_(threads), limit_(threads) {}
  int threads() const { return limit_; }
  // A kernel took so long, of which its caller waited for others so long; nanoseconds.
  void record(int64_t now, int64_t took, int64_t waited) {
    if (threads_ == 1) return;
    if (limit_ < threads_ && now >= backoff_until_) {
      limit_ = limit_ * 2 < threads_ ? limit_ * 2 : threads_;
      took_ = waited_ = 0;
      return;
    }
    took_ += took;
    waited_ += waited;
    if (took_ < WINDOW) return;
    if (waited_ * 2 > took_ && limit_ > 1) {
      limit_ /= 2;
      backoff_until_ = now + backoff_;
      if (backoff_ < LONGEST_BACKOFF) backoff_ *= 2;
    } else if (limit_ == threads_) {
      backoff_ = SHORTEST_BACKOFF;
    }
    took_ = waited_ = 0;
  }

 private:
  static constexpr int64_t MILLISECOND = 1'000'000;
  static constexpr int64_t WINDOW = 20 * MILLISECOND;
  static constexpr int64_t SHORTEST_BACKOFF = 100 * MILLISECOND;
  static constexpr int64_t LONGEST_BACKOFF = 3200 * MILLISECOND;
  int threads_;
  int limit_;
  int64_t took_ = 0;
  int64_t waited_ = 0;
  int64_t backoff_ = SHORTEST_BACKOFF;
  int64_t backoff_until_ = 0;
};

class ThreadPool {
 public:
  explicit ThreadPool(int threads) : threads_(threads < 1 ? 1 : threads), limit_(threads_), scratch_(threads_) {
    unsigned cores = std::thread::hardware_concurrency();
    spins_ = threads_ <= (int)(cores ? cores : 1) ? 20000 : 50;
    for (int t = 1; t < threads_; t++) workers_.emplace_back([this, t] { work(t); });
  }
  ~ThreadPool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
      job_.fetch_add(NEXT_JOB);
    }
    wake_.notify_all();
    for (auto& w : workers_) w.join();
  }

  // Threads that may work; each has a scratch of its own.
  int threads() const { return threads_; }
  Scratch& shared(int which) { return shared_[which]; }
  Scratch& scratch(int thread) { return scratch_[thread]; }
  // Zeroed counters for run()'s work distribution.
  std::atomic<int>* counters(int n) {
    if (n > counter_capacity_) {
      counters_ = std::make_unique<std::atomic<int>[]>(n);
      counter_capacity_ = n;
    }
    for (int i = 0; i < n; i++) counters_[i].store(0, std::memory_order_relaxed);
    return counters_.get();
  }

  // Calls f(thread) once on every thread that works just now and returns when all have returned. Which these are may
  // change between two calls: f has to hand out its work by counters, not by thread.
  template <class F>
  void run(F&& f) {
    const int64_t began = now();
    waited_ = 0;
    team_ = limit_.threads();
    if (team_ == 1) {
      f(0);
    } else {
      task_ = std::ref(f);
      caller_ = std::this_thread::get_id();
      running_.store(team_ - 1, std::memory_order_relaxed);
      {
        std::lock_guard<std::mutex> lock(mutex_);
        const uint64_t number = job_.load(std::memory_order_relaxed) / NEXT_JOB + 1;
        job_.store(number * NEXT_JOB + team_, std::memory_order_release);
      }
      wake_.notify_all();
      f(0);
      wait([&] { return running_.load(std::memory_order_acquire) == 0; });
    }
    const int64_t ended = now();
    limit_.record(ended, ended - began, waited_);
  }

  // Every thread that works waits here until all have come.
  void barrier() {
    if (team_ == 1) return;
    uint32_t generation = generation_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) == team_ - 1) {
      arrived_.store(0, std::memory_order_relaxed);
      generation_.store(generation + 1, std::memory_order_release);
      return;
    }
    wait([&] { return generation_.load(std::memory_order_acquire) != generation; });
  }

 private:
  static int64_t now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  // Spins, then gives its core to others. Short waits are not timed: they are what a barrier costs.
  template <class Done>
  void wait(Done&& done) {
    for (int spin = 0; spin < spins_; spin++) {
      if (done()) return;
      cpu_relax();
    }
    const bool caller = std::this_thread::get_id() == caller_;
    const int64_t began = caller ? now() : 0;
    while (!done()) std::this_thread::yield();
    if (caller) waited_ += now() - began;
  }
  void work(int thread) {
    uint64_t seen = 0;
    for (;;) {
      // Spin a little: the next kernel usually follows within microseconds.
      for (int spin = 0; spin < spins_ && job_.load(std::memory_order_acquire) == seen; spin++) cpu_relax();
      if (job_.load(std::memory_order_acquire) == seen) {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return job_.load(std::memory_order_acquire) != seen; });
      }
      // Number and size of the team in one word: its threads are waited for, so that the task is still the one of this number.
      seen = job_.load(std::memory_order_acquire);
      if (stop_) return;
      if ((uint64_t)thread >= seen % NEXT_JOB) continue;
      task_(thread);
      running_.fetch_sub(1, std::memory_order_acq_rel);
    }
  }

  static constexpr uint64_t NEXT_JOB = 1 << 16;
  int threads_;
  int spins_;
  ConcurrencyLimit limit_;
  // Threads of the kernel that runs.
  int team_ = 1;
  int64_t waited_ = 0;
  std::thread::id caller_;
  std::vector<std::thread> workers_;
  std::vector<Scratch> scratch_;
  Scratch shared_[2];
  std::unique_ptr<std::atomic<int>[]> counters_;
  int counter_capacity_ = 0;
  std::function<void(int)> task_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  alignas(64) std::atomic<uint64_t> job_{0};
  alignas(64) std::atomic<int> running_{0};
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<uint32_t> generation_{0};
};
