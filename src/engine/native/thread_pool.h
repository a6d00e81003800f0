// Threads that take the items of one job at a time. Which thread takes what is never visible in a result.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

class ThreadPool {
 public:
  using Function = std::function<void(int thread, int item)>;

  explicit ThreadPool(int threads) : threads_(threads < 1 ? 1 : threads) {
    const unsigned cores = std::thread::hardware_concurrency();
    spins_ = threads_ <= (int)(cores ? cores : 1) ? 2000 : 50;
    for (int t = 1; t < threads_; t++) workers_.emplace_back([this, t] { work(t); });
  }
  ~ThreadPool() {
    post(nullptr);
    for (auto& w : workers_) w.join();
  }
  int threads() const { return threads_; }

  // Calls f(thread, 0 … items − 1), each once, and returns when all are done. The caller first does `meanwhile`, then takes
  // part. A thread that other processes keep from its core is waited for only where it has taken an item.
  template <class M = void (*)()>
  void run(int items, Function f, M&& meanwhile = [] {}) {
    const auto job = std::make_shared<Job>(std::move(f), items);
    if (threads_ > 1 && items > 1) post(job);
    meanwhile();
    job->take(0);
    for (int spin = 0; !job->over(); spin++) {
      if (spin < spins_) relax();
      else std::this_thread::yield();
    }
  }

 private:
  struct Job {
    Function f;
    const int items;
    std::atomic<int> next{0}, done{0};
    Job(Function f, int items) : f(std::move(f)), items(items) {}
    void take(int thread) {
      for (int i; (i = next.fetch_add(1)) < items; done.fetch_add(1, std::memory_order_release)) f(thread, i);
    }
    bool over() const { return done.load(std::memory_order_acquire) == items; }
  };

  static void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
  // The next job; null: there will be none.
  void post(std::shared_ptr<Job> job) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      job_ = std::move(job);
      posted_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
  }
  // A worker that comes late finds a job whose items are all taken; its own reference keeps the job alive.
  void work(int thread) {
    for (uint64_t seen = 0;;) {
      for (int spin = 0; spin < spins_ && posted_.load(std::memory_order_acquire) == seen; spin++) relax();
      std::shared_ptr<Job> job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return posted_.load(std::memory_order_relaxed) != seen; });
        seen = posted_.load(std::memory_order_relaxed);
        job = job_;
      }
      if (!job) return;
      job->take(thread);
    }
  }

  const int threads_;
  int spins_;
  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<Job> job_;
  alignas(64) std::atomic<uint64_t> posted_{0};
};
