// SPDX-License-Identifier: Apache-2.0
// Running passes: order, reports, dumps, and errors that name the pass.
#include "lathe/builder/pipeline.h"

#include <gtest/gtest.h>

#include <set>

#include "lathe/builder/rewrite.h"
#include "lathe/graph/functions.h"
#include "lathe/ops/elementwise.h"
#include "tests/support/error_code_of.h"
#include "tests/support/temp_dir.h"

namespace lathe::builder {
namespace {

using testing::code_of;
using testing::error_of;

void add_neg(Network& network, PassContext& context) {
  const Value y = network.outputs()[0].value, negated = neg(y);
  network.replace_all_uses(y, negated);
  network.set_operand(*network.producer(negated), 0, y);
  context.notes.emplace_back("added");
}
void do_nothing(Network&, PassContext&) {}
void give_up(Network&, PassContext&) { fail(ErrorCode::kUnsupported, "too hard"); }
// Leaves an op in front of its operand, which the verifier behind each pass finds.
void break_it(Network& network, PassContext&) {
  const Value y = network.outputs()[0].value;
  const InsertBefore place(network, network.nodes()[0]);
  neg(y);
}

Pass pass(std::string_view name, void (*run)(Network&, PassContext&)) {
  return {.name = name, .purpose = "a test", .guarantees = "none", .after = {}, .run = run};
}

const Pass kAddNeg = pass("add_neg", add_neg);
const Pass kNothing = pass("nothing", do_nothing);
const Pass kGiveUp = pass("give_up", give_up);
const Pass kBreakIt = pass("break_it", break_it);

class Pipeline : public ::testing::Test {
 protected:
  void SetUp() override { net.mark_output("y", exp(net.input("x", TensorType::parse("f32[4]")))); }
  std::vector<PassReport> run(std::vector<const Pass*> passes,
                              const PipelineOptions& options = {}) {
    return run_passes(passes, net, context, options);
  }

  Network net;
  PassContext context;
};

TEST_F(Pipeline, ReportsOpsAndTheNotesOfEachPassAlone) {
  const std::vector<PassReport> reports = run({&kAddNeg, &kNothing, &kAddNeg});
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_EQ(reports[0].name, "add_neg");
  EXPECT_EQ(reports[0].ops_before, 1);
  EXPECT_EQ(reports[0].ops_after, 2);
  EXPECT_EQ(reports[0].notes, std::vector<std::string>{"added"});
  EXPECT_TRUE(reports[1].notes.empty()) << "what was noted before is not said again";
  EXPECT_EQ(reports[1].ops_before, reports[1].ops_after);
  EXPECT_EQ(reports[2].ops_after, 3);
}

TEST_F(Pipeline, ASkippedPassIsReportedAndDoesNothing) {
  std::vector<std::string> begun;
  PipelineOptions options{.skip = {"add_neg"}, .dump_folder = {}};
  options.begin = [&](std::string_view name) { begun.emplace_back(name); };
  const std::vector<PassReport> reports = run({&kAddNeg, &kNothing}, options);
  EXPECT_TRUE(reports[0].skipped);
  EXPECT_EQ(reports[0].ops_after, 1);
  EXPECT_FALSE(reports[1].skipped);
  EXPECT_EQ(begun, std::vector<std::string>{"nothing"});
}

TEST_F(Pipeline, ErrorsNameThePass) {
  EXPECT_EQ(error_of([&] { run({&kNothing, &kGiveUp}); }), "pass give_up: too hard");
  EXPECT_EQ(code_of([&] { run({&kGiveUp}); }), ErrorCode::kUnsupported);
}

TEST_F(Pipeline, ThePassThatBreaksTheNetworkIsNamed) {
  const std::string message = error_of([&] { run({&kBreakIt, &kNothing}); });
  EXPECT_TRUE(message.starts_with("pass break_it: verify: unary: operand 0")) << message;
}

TEST_F(Pipeline, WhoListensMayEndIt) {
  PipelineOptions options;
  options.begin = [](std::string_view) { fail(ErrorCode::kUnavailable, "stopped"); };
  EXPECT_EQ(code_of([&] { run({&kAddNeg}, options); }), ErrorCode::kUnavailable);
  EXPECT_EQ(net.nodes().size(), 1u);
}

TEST_F(Pipeline, DumpsStandInTheirOrderBeforeAndAfter) {
  const testing::TempDir temp;
  const auto folder = temp.path() / "made" / "here";
  run({&kAddNeg, &kNothing}, {.skip = {}, .first_number = 9, .dump_folder = folder});
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.insert(entry.path().filename());
  }
  EXPECT_EQ(names, (std::set<std::string>{"09-add_neg.after.txt", "09-add_neg.before.txt",
                                          "10-nothing.after.txt", "10-nothing.before.txt"}));
  EXPECT_EQ(read_file(folder / "09-add_neg.after.txt"),
            read_file(folder / "10-nothing.before.txt"));
  EXPECT_NE(read_file(folder / "09-add_neg.before.txt"),
            read_file(folder / "09-add_neg.after.txt"));
}

TEST_F(Pipeline, AFolderForDumpsThatCannotBeMadeIsNamed) {
  const testing::TempDir temp;
  temp.write("file", "");
  const auto folder = temp.path() / "file" / "here";
  const PipelineOptions options{.skip = {}, .dump_folder = folder};
  EXPECT_EQ(error_of([&] { run({&kAddNeg}, options); }),
            cat(folder.string(), ": cannot be created: Not a directory"));
  EXPECT_EQ(code_of([&] { run({&kAddNeg}, options); }), ErrorCode::kUnavailable);
}

TEST(PassNames, AreOneEachAndSaidWhereWrong) {
  std::set<std::string_view> seen;
  for (const auto& passes : {bind_passes(), optimize_passes()}) {
    for (const Pass* one : passes) {
      EXPECT_TRUE(seen.insert(one->name).second) << one->name << " is there twice";
      EXPECT_FALSE(one->purpose.empty()) << one->name;
      EXPECT_FALSE(one->guarantees.empty()) << one->name;
    }
  }
  const std::vector<std::string> near = {"bind", "fuse_residal"}, far = {"xyzzy_plugh"};
  EXPECT_EQ(error_of([&] { check_pass_names(near); }),
            "no pass is called 'fuse_residal'; did you mean fuse_residual?");
  const std::string message = error_of([&] { check_pass_names(far); });
  EXPECT_TRUE(message.starts_with("no pass is called 'xyzzy_plugh'; there are bind, ")) << message;
}

}  // namespace
}  // namespace lathe::builder
