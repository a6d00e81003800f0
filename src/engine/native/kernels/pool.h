// Threads that work on one kernel at a time. Which thread computes what is never visible in a result.
#pragma once
#include <atomic>
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

class Pool {
 public:
  explicit Pool(int threads) : threads_(threads < 1 ? 1 : threads), scratch_(threads_) {
    unsigned cores = std::thread::hardware_concurrency();
    spins_ = threads_ <= (int)(cores ? cores : 1) ? 20000 : 50;
    for (int t = 1; t < threads_; t++) workers_.emplace_back([this, t] { work(t); });
  }
  ~Pool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
      job_number_.fetch_add(1);
    }
    wake_.notify_all();
    for (auto& w : workers_) w.join();
  }

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

  // Calls f(thread) once on every thread and returns when all have returned.
  template <class F>
  void run(F&& f) {
    if (threads_ == 1) {
      f(0);
      return;
    }
    job_ = std::ref(f);
    running_.store(threads_ - 1, std::memory_order_relaxed);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      job_number_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    f(0);
    for (int spin = 0; running_.load(std::memory_order_acquire) != 0; spin++) pause(spin);
  }

  // Every thread waits here until all have come.
  void barrier() {
    if (threads_ == 1) return;
    uint32_t generation = generation_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) == threads_ - 1) {
      arrived_.store(0, std::memory_order_relaxed);
      generation_.store(generation + 1, std::memory_order_release);
      return;
    }
    for (int spin = 0; generation_.load(std::memory_order_acquire) == generation; spin++) pause(spin);
  }

 private:
  void pause(int spin) const {
    if (spin < spins_) cpu_relax();
    else std::this_thread::yield();
  }
  void work(int thread) {
    uint64_t seen = 0;
    for (;;) {
      // Spin a little: the next kernel usually follows within microseconds.
      for (int spin = 0; spin < spins_ && job_number_.load(std::memory_order_acquire) == seen; spin++) cpu_relax();
      if (job_number_.load(std::memory_order_acquire) == seen) {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return job_number_.load(std::memory_order_acquire) != seen; });
      }
      seen = job_number_.load(std::memory_order_acquire);
      if (stop_) return;
      job_(thread);
      running_.fetch_sub(1, std::memory_order_acq_rel);
    }
  }

  int threads_;
  int spins_;
  std::vector<std::thread> workers_;
  std::vector<Scratch> scratch_;
  Scratch shared_[8];
  std::unique_ptr<std::atomic<int>[]> counters_;
  int counter_capacity_ = 0;
  std::function<void(int)> job_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  alignas(64) std::atomic<uint64_t> job_number_{0};
  alignas(64) std::atomic<int> running_{0};
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<uint32_t> generation_{0};
};
