// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/graph.h"

#include <gtest/gtest.h>

#include "lathe/core/cuda/module.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::error_of;
using testing::FakeGpu;

class CudaGraph : public ::testing::Test {
 protected:
  void add(int number) const {
    std::array<int, 64> parameter{number};
    launch(stream, kernel, {}, parameter);
  }
  void expect_no_graph_alive() const {
    EXPECT_EQ(fake.alive("graph"), 0u);
    EXPECT_EQ(fake.alive("graph exec"), 0u);
  }
  FakeGpu fake;
  std::shared_ptr<const Device> device = fake.open();
  Stream stream{device};
  std::string cubin = FakeGpu::cubin();
  Module module{device, testing::as_bytes(cubin), "add"};
  Kernel kernel = module.kernel("add");
};

TEST_F(CudaGraph, RecordsInsteadOfRunningAndReplaysInOrder) {
  std::vector<int> seen;
  fake.kernels["add"] = [&](FakeGpu::Launch& one) { seen.push_back(one.as<int>()); };
  const GraphExec graph = capture(stream, [&] {
    add(3);
    add(5);
  });
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(graph.num_nodes(), 2u);
  graph.upload(stream);
  graph.launch(stream);
  graph.launch(stream);
  EXPECT_EQ(seen, (std::vector<int>{3, 5, 3, 5}));
}

TEST_F(CudaGraph, FreesWhatItMade) {
  {
    GraphExec graph = capture(stream, [&] { add(1); });
    EXPECT_EQ(fake.alive("graph"), 0u) << "the template goes at once";
    const GraphExec moved(std::move(graph));
    EXPECT_EQ(fake.alive("graph exec"), 1u);
    EXPECT_EQ(moved.num_nodes(), 1u);
  }
  expect_no_graph_alive();
}

TEST_F(CudaGraph, AnErrorInsideEndsTheCapture) {
  EXPECT_EQ(error_of([&] {
              capture(stream, [&] {
                add(1);
                fail(ErrorCode::kInternal, "no such kernel");
              });
            }),
            "no such kernel");
  expect_no_graph_alive();
  add(2);  // runs: nothing captures any more
  EXPECT_EQ(fake.launched, (std::vector<std::string>{"add"}));
}

TEST_F(CudaGraph, FailuresNameTheCallAndLeaveNothing) {
  for (const char* call :
       {"cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphInstantiateWithFlags"}) {
    fake.results = {{call, 900}};
    const std::string message = error_of([&] { capture(stream, [&] { add(1); }); });
    EXPECT_EQ(message.find(call), 0u) << message;
    fake.results.clear();
    expect_no_graph_alive();
  }
}

TEST_F(CudaGraph, AFaultInsideNamesTheGraph) {
  const GraphExec graph = capture(stream, [&] {
    add(1);
    add(2);
  });
  fake.faulty = {"add", 719};
  graph.launch(stream);
  const std::string message = error_of([&] { stream.synchronize(); });
  EXPECT_NE(message.find("(719)"), std::string::npos) << message;
  EXPECT_NE(message.find("; launched last: a graph of 2 launches"), std::string::npos) << message;
}

}  // namespace
}  // namespace lathe::cuda
