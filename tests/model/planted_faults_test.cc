// SPDX-License-Identifier: Apache-2.0
// Mistakes that people make when they write a model, planted one at a time into the config or the
// network: the goldens have to catch each.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lathe/graph/functions.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/gated_activation.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/norm.h"
#include "tests/model/golden.h"
#include "tests/model/reference_model.h"
#include "tests/model/rewrite.h"

namespace lathe::testing {
namespace {

using Operands = std::vector<Value>;

struct Fault {
  std::string name;
  std::string checkpoint;
  std::function<void(Json&)> in_config;  // one of the two
  std::function<void(Network&)> in_network;
  friend void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }
};

Fault in_config(std::string name, std::string checkpoint, std::function<void(Json&)> change) {
  return {std::move(name), std::move(checkpoint), std::move(change), {}};
}

Fault in_network(std::string name, std::string checkpoint, std::function<void(Network&)> change) {
  return {std::move(name), std::move(checkpoint), {}, std::move(change)};
}

std::function<void(Json&)> set(std::string field, Json value) {
  return [=](Json& config) { config[field] = value; };
}

std::function<void(Json&)> set_in_rope_scaling(std::string field, Json value) {
  return [=](Json& config) { config["rope_scaling"][field] = value; };
}

void swap_longrope_factors(Json& config) {
  Json& scaling = config["rope_scaling"];
  std::swap(scaling["short_factor"], scaling["long_factor"]);
}

template <ops::OpType T>
std::function<void(Network&)> change(std::function<void(T&, Operands&)> one) {
  return [=](Network& network) { change_ops<T>(network, one); };
}

void other_rope_style(ops::Rope& rope, Operands&) {
  rope.style =
      rope.style == ops::RopeStyle::kHalf ? ops::RopeStyle::kInterleaved : ops::RopeStyle::kHalf;
}

void lengths_are_positions(ops::Rope&, Operands& operands) { operands[2] = operands[1]; }

// In every layer the second rope is that of the keys.
void keys_not_rotated(Network& network) {
  const std::vector<NodeId> ropes = nodes_of<ops::Rope>(network);
  for (size_t i = 1; i < ropes.size(); i += 2) {
    replace_node(network, ropes[i], [](const Operands& operands) { return operands[0]; });
  }
}

void unscaled(ops::PagedAttention& attention, Operands&) { attention.options.scale = 1; }
void scaled_by_one_dim_more(ops::PagedAttention& attention, Operands& operands) {
  const auto head_dim = static_cast<float>(*operands[0].dim(2).constant());
  attention.options.scale = 1 / std::sqrt(head_dim + 1);
}
void bidirectional(ops::PagedAttention& attention, Operands&) { attention.options.causal = false; }

// Query heads in the order of the groups' members instead of the groups.
void other_head_order(ops::PagedAttention&, Operands& operands) {
  const Value q = operands[0];
  const Dim kv_heads = operands[1].dim(0);
  const Dim members = q.dim(1) / *kv_heads.constant();
  const Value grouped = graph::reshape(q, {q.dim(0), members, kv_heads, q.dim(2)});
  operands[0] = graph::reshape(graph::transpose(grouped, {0, 2, 1, 3}), q.shape());
}

void keys_for_values(ops::KvWrite&, Operands& operands) { std::swap(operands[1], operands[2]); }

// Fused: the halves of the projection change places.
void fused_gate_and_up_swapped(ops::GatedActivation&, Operands& operands) {
  const int64_t ffn = *operands[0].dim(1).constant() / 2;
  const std::vector<Value> halves = graph::split(operands[0], {ffn, ffn}, 1);
  operands[0] = graph::concat(std::vector<Value>{halves[1], halves[0]}, 1);
}

// Apart: silu of up times gate.
void gate_and_up_swapped(ops::Binary& op, Operands& operands) {
  if (op.kind != ops::BinaryKind::kMul) return;
  Network& network = operands[0].network();
  const Value gate = network.value(network.node(*network.producer(operands[0])).inputs[0]);
  operands = {graph::silu(operands[1]), gate};
}

void without_final_norm(Network& network) {
  const NodeId norm = *network.producer(named_value(network, "final_norm"));
  replace_node(network, norm, [](const Operands& operands) { return operands[0]; });
}

// The named sum takes its second operand alone.
std::function<void(Network&)> without_residual(std::string sum) {
  return [=](Network& network) {
    const NodeId node = *network.producer(named_value(network, sum));
    replace_node(network, node, [](const Operands& operands) { return operands[1]; });
  };
}

void positions_off_by_one(ops::Embedding&, Operands& operands) {
  if (operands[0].name() != "positions") return;
  const Value one = graph::constant(operands[0].network(), DType::kI32, {1}, {1});
  operands[0] = operands[0] + one;
}

void norm_weights_plus_one(ops::RmsNorm&, Operands& operands) { operands[1] = operands[1] + 1.0; }

void norms_of_a_layer_swapped(Network& network) {
  const std::vector<NodeId> norms = nodes_of<ops::RmsNorm>(network);
  const Value first = operands(network, norms[0])[1];
  network.set_operand(norms[0], 1, operands(network, norms[1])[1]);
  network.set_operand(norms[1], 1, first);
}

void square_weights_not_transposed(ops::Linear&, Operands& operands) {
  if (operands[1].dim(0) == operands[1].dim(1)) operands[1] = graph::transpose(operands[1], {1, 0});
}

void query_heads_not_normed(Network& network) {
  for (const NodeId id : nodes_of<ops::RmsNorm>(network)) {
    if (operands(network, id)[1].name().find("q_norm") == std::string::npos) continue;
    replace_node(network, id, [](const Operands& operands) { return operands[0]; });
  }
}

std::function<void(Network&)> without_bias(std::string module) {
  return change<ops::Linear>([=](ops::Linear& op, Operands& operands) {
    if (operands[1].name().find(module) == std::string::npos) return;
    op.bias = false;
    operands.pop_back();
  });
}

const std::vector<Fault>& faults() {
  static const std::vector<Fault> all = {
      in_config("theta", "llama_gqa", set("rope_theta", 10000.0)),
      in_config("window_plus_1", "mistral_window", set("sliding_window", 9)),
      in_config("window_minus_1", "mistral_window", set("sliding_window", 7)),
      in_config("no_window", "mistral_window", set("sliding_window", Json())),
      in_config("whole_head_rotated", "glm", set("partial_rotary_factor", 1.0)),
      in_config("no_rope_scaling", "llama3_tied", set("rope_scaling", Json())),
      in_config("yarn_truncated", "llama_yarn_mscale", set_in_rope_scaling("truncate", true)),
      in_config("yarn_without_mscale", "llama_yarn_mscale", set_in_rope_scaling("mscale", Json())),
      in_config("longrope_sets_swapped", "llama_longrope", swap_longrope_factors),
      in_config("window_a_layer_early", "qwen2_window",
                [](Json& config) { config["layer_types"].as_array()[1] = "sliding_attention"; }),
      in_config("no_attention_bias", "llama_bias", set("attention_bias", false)),
      in_config("no_mlp_bias", "llama_bias", set("mlp_bias", false)),
      in_config("head_tied", "llama_mha", set("tie_word_embeddings", true)),
      in_config("rms_norm_eps", "llama_gqa", set("rms_norm_eps", 1e-3)),
      in_config("layer_norm_eps", "gpt2", set("layer_norm_epsilon", 1e-3)),
      in_config("no_norms_behind", "glm4", set("model_type", "glm")),
      in_config("relu_for_silu", "llama_gqa", set("hidden_act", "relu")),
      in_network("pairs_of_neighbours", "llama_gqa", change<ops::Rope>(other_rope_style)),
      in_network("pairs_of_halves", "glm", change<ops::Rope>(other_rope_style)),
      in_network("keys_not_rotated", "llama_mha", keys_not_rotated),
      in_network("lengths_are_positions", "llama_dynamic",
                 change<ops::Rope>(lengths_are_positions)),
      in_network("unscaled", "gpt2", change<ops::PagedAttention>(unscaled)),
      in_network("scaled_by_another_dim", "llama_gqa",
                 change<ops::PagedAttention>(scaled_by_one_dim_more)),
      in_network("bidirectional", "llama_mha", change<ops::PagedAttention>(bidirectional)),
      in_network("head_order", "llama_gqa", change<ops::PagedAttention>(other_head_order)),
      in_network("keys_for_values", "llama_mha", change<ops::KvWrite>(keys_for_values)),
      in_network("gate_and_up_swapped", "llama_mha", change<ops::Binary>(gate_and_up_swapped)),
      in_network("fused_gate_and_up_swapped", "glm4",
                 change<ops::GatedActivation>(fused_gate_and_up_swapped)),
      in_network("no_final_norm", "llama_mha", without_final_norm),
      in_network("no_residual", "llama_sharded", without_residual("layers.0.hidden")),
      in_network("positions_off_by_one", "gpt2", change<ops::Embedding>(positions_off_by_one)),
      in_network("norm_weights_plus_1", "llama_mha", change<ops::RmsNorm>(norm_weights_plus_one)),
      in_network("norms_swapped", "mistral_window", norms_of_a_layer_swapped),
      in_network("square_weights_not_transposed", "gpt2",
                 change<ops::Linear>(square_weights_not_transposed)),
      in_network("query_heads_not_normed", "qwen3", query_heads_not_normed),
      in_network("no_output_bias", "llama_bias", without_bias("o_proj")),
      in_network("no_value_bias", "glm", without_bias("v_proj")),
  };
  return all;
}

class PlantedFault : public ::testing::TestWithParam<Fault> {};

TEST_P(PlantedFault, IsCaught) {
  const Fault& fault = GetParam();
  const auto checkpoint = weights::open_checkpoint(checkpoint_folder(fault.checkpoint));
  Json config = checkpoint->config();
  if (fault.in_config) fault.in_config(config);
  models::Model model = models::build_model(config, Json::object());
  if (fault.in_network) fault.in_network(*model.network);
  ReferenceModel reference(checkpoint, std::move(model));
  const Golden golden = read_golden(fault.checkpoint);
  double greatest = 0;
  for (size_t i = 0; i < golden.prompts.size(); ++i) {
    const Tensor logits = reference.logits(golden.prompts[i]);
    greatest = std::max(greatest, relative_error(logits, golden.logits[i]));
  }
  EXPECT_GT(greatest, kF32Tolerance);
  RecordProperty("error", cat(greatest));
}

INSTANTIATE_TEST_SUITE_P(All, PlantedFault, ::testing::ValuesIn(faults()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace lathe::testing
