// SPDX-License-Identifier: Apache-2.0
// Messages from other threads to the executor's. Its mutex is the module's only lock: held for a
// push or a swap, never while a callback runs.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <variant>
#include <vector>

#include "lathe/runtime/sequence.h"

namespace lathe::runtime {

struct Cancel {
  RequestId id{};
};
using Message = std::variant<Submitted, Cancel>;

class Inbox {
 public:
  void push(Message message) {
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(std::move(message));
    }
    arrived_.notify_one();
  }
  std::vector<Message> drain() {
    const std::lock_guard lock(mutex_);
    return std::exchange(messages_, {});
  }
  // Returns once there is a message or `stop` was asked for.
  void wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, stop, [&] { return !messages_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::vector<Message> messages_;
};

}  // namespace lathe::runtime
