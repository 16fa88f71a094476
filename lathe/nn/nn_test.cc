// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/graph/functions.h"
#include "lathe/graph/text.h"
#include "lathe/graph/verify.h"
#include "lathe/nn/attention.h"
#include "lathe/nn/lm_head.h"
#include "lathe/nn/mlp.h"
#include "lathe/nn/module_tree.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/norm.h"
#include "tests/support/temp_dir.h"

namespace lathe::nn {
namespace {

using graph::Network;
using lathe::testing::error_of;
using Names = std::vector<std::string>;

struct Modules : ::testing::Test {
  Network net;
  Scope root{net, DType::kF32};
  Value x = net.input("x", {DType::kF32, {Dim::symbol("tokens"), 8}});

  Names op_names() const {
    Names names;
    for (const graph::NodeId id : net.nodes()) names.emplace_back(net.node(id).op.name());
    return names;
  }
  Names parameter_names() const {
    Names names;
    for (const Value parameter : net.parameters()) names.push_back(parameter.name());
    return names;
  }
  template <class T>
  const T& op_of(Value value) const {
    return *net.node(*net.producer(value)).op.as<T>();
  }
  const ops::ShardingSpec& sharding(std::string_view parameter) const {
    return net.parameter_spec(*net.find(parameter)).sharding;
  }
  // What must hold of whatever modules build.
  void TearDown() override {
    graph::verify(net);
    const std::string text = graph::print(net);
    EXPECT_EQ(graph::print(*graph::parse(text, "printed")), text);
  }
};

TEST_F(Modules, ScopesJoinNamesWithDots) {
  const Scope place = root / "model" / "layers" / 3 / "mlp";
  EXPECT_EQ(place.path(), "model.layers.3.mlp");
  EXPECT_EQ(place.parameter("weight", {2, 3}).name(), "model.layers.3.mlp.weight");
  EXPECT_EQ(root.parameter("scale", {1}).name(), "scale");
  EXPECT_EQ(error_of([&] {
              place.parameter("weight", {2, 3});
            }),
            "network: the name 'model.layers.3.mlp.weight' is taken");
}

TEST_F(Modules, ParametersTakeTheScopesDtype) {
  const Linear layer(Scope(net, DType::kBf16) / "a", {.in = 8, .out = 4, .bias = true});
  EXPECT_EQ(layer.weight().type().to_string(), "bf16[4, 8]");
  EXPECT_EQ(net.find("a.bias")->type().to_string(), "bf16[4]");
}

TEST_F(Modules, TreeFollowsTheNames) {
  const GatedMlp mlp(root / "model" / "mlp", {.hidden = 8, .ffn = 16, .bias = true});
  const RmsNorm norm(root / "model" / "norm", 8, 1e-5f);
  const Value scale = root.parameter("scale", {1});
  const Module tree = module_tree(net);
  Names paths;
  walk(tree, [&](const Module& module) { paths.push_back(module.path); });
  EXPECT_EQ(paths, (Names{"", "model", "model.mlp", "model.mlp.gate_proj", "model.mlp.up_proj",
                          "model.mlp.down_proj", "model.norm"}));
  EXPECT_EQ(tree.parameters, std::vector<Value>{scale});
  const Module* up = tree.find("model")->find("mlp")->find("up_proj");
  ASSERT_NE(up, nullptr);
  ASSERT_EQ(up->parameters.size(), 2u);
  EXPECT_EQ(up->parameters[0], *net.find("model.mlp.up_proj.weight"));
  EXPECT_EQ(up->parameters[1], *net.find("model.mlp.up_proj.bias"));
  EXPECT_EQ(tree.find("lm_head"), nullptr);
}

TEST_F(Modules, LinearIsOneOp) {
  const Linear plain(root / "a", {.in = 8, .out = 4});
  EXPECT_EQ(plain(x).type().to_string(), "f32[tokens, 4]");
  EXPECT_FALSE(op_of<ops::Linear>(plain(x)).bias);
  const Linear biased(root / "b", {.in = 8, .out = 4, .bias = true});
  EXPECT_TRUE(op_of<ops::Linear>(biased(x)).bias);
  EXPECT_EQ(parameter_names(), (Names{"a.weight", "b.weight", "b.bias"}));
  EXPECT_EQ(error_of([&] { plain(plain(x)); }),
            "linear: x: axis -1 is 4, expected 8 (f32[tokens, 4])");
}

TEST_F(Modules, LinearMayGiveAnotherDtype) {
  const Scope half(net, DType::kBf16);
  const Value y = net.input("y", {DType::kBf16, {Dim::symbol("tokens"), 8}});
  const Linear same(half / "a", {.in = 8, .out = 4});
  EXPECT_EQ(same(y).dtype(), DType::kBf16);
  const Linear wide(half / "b", {.in = 8, .out = 4, .output = DType::kF32});
  EXPECT_EQ(wide(y).dtype(), DType::kF32);
  EXPECT_EQ(op_of<ops::Linear>(wide(y)).format.code_dtype, DType::kBf16);
}

TEST_F(Modules, ABiasIsCutWithItsRowsOnly) {
  const Linear rows(root / "rows",
                    {.in = 8, .out = 4, .bias = true, .sharding = {.axis = ops::ShardAxis::kRows}});
  const Linear cols(root / "cols",
                    {.in = 8, .out = 4, .bias = true, .sharding = {.axis = ops::ShardAxis::kCols}});
  EXPECT_EQ(sharding("rows.bias"), sharding("rows.weight"));
  EXPECT_EQ(sharding("cols.weight").axis, ops::ShardAxis::kCols);
  EXPECT_EQ(sharding("cols.bias").axis, ops::ShardAxis::kNone);
}

TEST_F(Modules, NormsKeepTheType) {
  const RmsNorm rms(root / "rms", 8, 1e-3f);
  EXPECT_EQ(rms(x).type(), x.type());
  EXPECT_EQ(op_of<ops::RmsNorm>(rms(x)).eps, 1e-3f);
  const LayerNorm layer(root / "layer", 8, 1e-4f);
  EXPECT_EQ(layer(x).type(), x.type());
  EXPECT_EQ(op_of<ops::LayerNorm>(layer(x)).eps, 1e-4f);
  EXPECT_EQ(parameter_names(), (Names{"rms.weight", "layer.weight", "layer.bias"}));
}

TEST_F(Modules, HeadsSplitAndMerge) {
  const Value heads = split_heads(x, 4);
  EXPECT_EQ(heads.shape().to_string(), "[tokens, 2, 4]");
  EXPECT_EQ(merge_heads(heads).type(), x.type());
}

TEST_F(Modules, RotaryEmbeddingAsksForLengthsWhereItNeedsThem) {
  const Value heads = split_heads(x, 4);
  EXPECT_EQ(RotaryEmbedding({.rotary_dims = 4})(heads).type(), heads.type());
  EXPECT_FALSE(net.find("lengths"));
  const ops::DynamicScaling dynamic{.factor = 2, .original_max_positions = 16};
  EXPECT_EQ(RotaryEmbedding({.rotary_dims = 4, .scaling = dynamic})(heads).type(), heads.type());
  EXPECT_TRUE(net.find("lengths"));
}

constexpr SelfAttentionOptions kAttention{
    .layer = 2, .hidden = 8, .heads = 4, .kv_heads = 2, .head_dim = 6, .window = 5};

SelfAttentionOptions attention_options() {
  SelfAttentionOptions options = kAttention;
  options.rope = {.rotary_dims = 6};
  return options;
}

TEST_F(Modules, SelfAttentionGoesThroughTheCache) {
  const SelfAttention attention(root / "self_attn", attention_options());
  EXPECT_EQ(attention(x).type(), x.type());
  EXPECT_EQ(op_names(), (Names{"linear", "reshape", "rope", "linear", "reshape", "rope", "linear",
                               "reshape", "kv_write", "paged_attention", "reshape", "linear"}));
  EXPECT_EQ(parameter_names(), (Names{"self_attn.q_proj.weight", "self_attn.k_proj.weight",
                                      "self_attn.v_proj.weight", "self_attn.o_proj.weight"}));
  const ops::StateSpec expected{.kv_heads = 2, .head_dim = 6, .window = 5};
  EXPECT_EQ(net.state_spec(*net.find("layers.2.kv")), expected);
  EXPECT_EQ(sharding("self_attn.k_proj.weight"),
            (ops::ShardingSpec{.axis = ops::ShardAxis::kRows, .unit = 6}));
  EXPECT_EQ(sharding("self_attn.o_proj.weight"),
            (ops::ShardingSpec{.axis = ops::ShardAxis::kCols, .unit = 6}));
}

TEST_F(Modules, SelfAttentionScalesByTheHead) {
  SelfAttention(root / "self_attn", attention_options())(x);
  for (const graph::NodeId id : net.nodes()) {
    const auto* attention = net.node(id).op.as<ops::PagedAttention>();
    if (attention == nullptr) continue;
    EXPECT_FLOAT_EQ(attention->options.scale, 0.40824829f);
    EXPECT_EQ(attention->options.window, 5);
    EXPECT_TRUE(attention->options.causal);
  }
}

TEST_F(Modules, SelfAttentionWithEverything) {
  SelfAttentionOptions options = attention_options();
  options.qkv_bias = true;
  options.output_bias = true;
  options.head_norm_eps = 1e-6f;
  const SelfAttention attention(root / "a", options);
  EXPECT_EQ(attention(x).type(), x.type());
  EXPECT_EQ(parameter_names(),
            (Names{"a.q_proj.weight", "a.q_proj.bias", "a.k_proj.weight", "a.k_proj.bias",
                   "a.v_proj.weight", "a.v_proj.bias", "a.o_proj.weight", "a.o_proj.bias",
                   "a.q_norm.weight", "a.k_norm.weight"}));
  EXPECT_EQ(net.find("a.q_norm.weight")->shape().to_string(), "[6]");
  const Names ops = op_names();
  EXPECT_EQ(std::count(ops.begin(), ops.end(), "rms_norm"), 2);  // not of v
}

TEST_F(Modules, GatedMlp) {
  const GatedMlp mlp(root / "mlp", {.hidden = 8, .ffn = 12});
  EXPECT_EQ(mlp(x).type(), x.type());
  EXPECT_EQ(op_names(), (Names{"linear", "unary", "linear", "binary", "linear"}));
}

TEST_F(Modules, FusedGatedMlpCutsGateAndUpOnTheirOwn) {
  const FusedGatedMlp mlp(root / "mlp", {.hidden = 8, .ffn = 12});
  EXPECT_EQ(mlp(x).type(), x.type());
  EXPECT_EQ(op_names(), (Names{"linear", "gated_activation", "linear"}));
  EXPECT_EQ(net.find("mlp.gate_up_proj.weight")->shape().to_string(), "[24, 8]");
  EXPECT_EQ(sharding("mlp.gate_up_proj.weight").parts, (std::vector<int64_t>{12, 12}));
}

TEST_F(Modules, MlpTakesTheFamilysNames) {
  const Mlp mlp(root / "mlp", {.up = "c_fc", .down = "c_proj"},
                {.hidden = 8, .ffn = 12, .activation = ops::UnaryKind::kGeluTanh, .bias = true});
  EXPECT_EQ(mlp(x).type(), x.type());
  EXPECT_EQ(op_names(), (Names{"linear", "unary", "linear"}));
  EXPECT_EQ(parameter_names(),
            (Names{"mlp.c_fc.weight", "mlp.c_fc.bias", "mlp.c_proj.weight", "mlp.c_proj.bias"}));
}

TEST_F(Modules, HeadGivesF32LogitsOfTheWantedRows) {
  const Scope half(net, DType::kBf16);
  const Embedding table(half / "embed", 50, 8);
  const Value hidden = table(graph::step_input(net, "token_ids"));
  EXPECT_EQ(hidden.type().to_string(), "bf16[tokens, 8]");
  EXPECT_EQ(LmHead(half / "lm_head", 8, 50)(hidden).type().to_string(), "f32[logit_rows, 50]");
  const Value tied = LmHead(table)(hidden);
  EXPECT_EQ(tied.type().to_string(), "f32[logit_rows, 50]");
  EXPECT_EQ(net.node(*net.producer(tied)).inputs[1], table.weight().id());
}

}  // namespace
}  // namespace lathe::nn
