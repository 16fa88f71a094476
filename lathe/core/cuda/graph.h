// SPDX-License-Identifier: Apache-2.0
// A captured sequence of launches, replayed with one call.
//
//   GraphExec step = capture(stream, [&] { launch(stream, …); launch(stream, …); });
//   step.launch(stream);
//
// Programmatic overlap between captured launches is kept. What is captured is addresses: every
// buffer must outlive the graph.
#pragma once

#include <functional>
#include <memory>

#include "lathe/core/cuda/stream.h"

namespace lathe::cuda {

class GraphExec {
 public:
  GraphExec(std::shared_ptr<const Device> device, GraphExecOpaque* handle, size_t num_nodes);
  GraphExec(GraphExec&& other) noexcept;
  GraphExec& operator=(GraphExec&&) = delete;
  ~GraphExec();

  size_t num_nodes() const { return num_nodes_; }
  void launch(const Stream& stream) const;
  // Moves the graph to the device, so that the first launch is as fast as the rest.
  void upload(const Stream& stream) const;

 private:
  std::shared_ptr<const Device> device_;
  GraphExecOpaque* handle_;
  size_t num_nodes_;
  const char* name_;  // in errors
};

// Runs `enqueue`, whose work on `stream` is recorded instead of executed, and instantiates it. An
// Error that leaves `enqueue` ends the capture and passes on.
GraphExec capture(const Stream& stream, const std::function<void()>& enqueue);

}  // namespace lathe::cuda
