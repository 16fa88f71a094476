// SPDX-License-Identifier: Apache-2.0
// Names of tensors in Hugging Face's spelling.
#include "lathe/weights/gguf_family.h"

#include <gtest/gtest.h>

#include "tests/support/gguf_model.h"

namespace lathe::weights {
namespace {

using testing::error_of;
using testing::GgufBuilder;
using testing::GgufModel;
using testing::OpenGguf;

struct Named {
  std::string_view architecture, gguf, hf;
};

TEST(GgufFamily, Names) {
  const Named cases[] = {
      {"llama", "token_embd.weight", "model.embed_tokens.weight"},
      {"llama", "output_norm.weight", "model.norm.weight"},
      {"llama", "output.weight", "lm_head.weight"},
      {"llama", "blk.0.attn_q.weight", "model.layers.0.self_attn.q_proj.weight"},
      {"llama", "blk.31.attn_k.bias", "model.layers.31.self_attn.k_proj.bias"},
      {"llama", "blk.2.attn_v.weight", "model.layers.2.self_attn.v_proj.weight"},
      {"llama", "blk.2.attn_output.weight", "model.layers.2.self_attn.o_proj.weight"},
      {"llama", "blk.2.attn_norm.weight", "model.layers.2.input_layernorm.weight"},
      {"llama", "blk.2.ffn_norm.weight", "model.layers.2.post_attention_layernorm.weight"},
      {"llama", "blk.2.ffn_gate.weight", "model.layers.2.mlp.gate_proj.weight"},
      {"llama", "blk.2.ffn_up.weight", "model.layers.2.mlp.up_proj.weight"},
      {"llama", "blk.2.ffn_down.weight", "model.layers.2.mlp.down_proj.weight"},
      {"qwen3", "blk.2.attn_q_norm.weight", "model.layers.2.self_attn.q_norm.weight"},
      {"qwen3", "blk.2.attn_k_norm.weight", "model.layers.2.self_attn.k_norm.weight"},
      {"glm4", "blk.2.ffn_up.weight", "model.layers.2.mlp.gate_up_proj.weight"},
      {"glm4", "blk.2.post_attention_norm.weight",
       "model.layers.2.post_self_attn_layernorm.weight"},
      {"glm4", "blk.2.post_ffw_norm.weight", "model.layers.2.post_mlp_layernorm.weight"},
      {"gpt2", "token_embd.weight", "transformer.wte.weight"},
      {"gpt2", "position_embd.weight", "transformer.wpe.weight"},
      {"gpt2", "output_norm.bias", "transformer.ln_f.bias"},
      {"gpt2", "blk.0.attn_qkv.weight", "transformer.h.0.attn.c_attn.weight"},
      {"gpt2", "blk.0.ffn_up.bias", "transformer.h.0.mlp.c_fc.bias"},
  };
  for (const Named& test : cases) {
    const OpenGguf file(GgufModel{.architecture = std::string(test.architecture)}.builder());
    EXPECT_EQ(hf_name(*family_of(*file).names, test.gguf), test.hf) << test.architecture;
  }
}

TEST(GgufFamily, NamesThatNoTableKnowsStay) {
  const OpenGguf file(GgufModel().builder());
  for (const char* name :
       {"other.weight", "blk.0.other.weight", "blk.x.attn_q.weight", "blk..attn_q.weight", "blk.0",
        "blk.", "attn_q.weight", "blk.0.token_embd.weight", "", "."}) {
    EXPECT_EQ(hf_name(*family_of(*file).names, name), name);
  }
}

TEST(GgufFamily, ChatglmIsToldByItsFusedProjection) {
  GgufBuilder builder = GgufModel{.architecture = "chatglm"}.builder();
  EXPECT_EQ(family_of(*OpenGguf(builder)).model_type, "glm");
  builder.tensor("blk.0.attn_qkv.weight", {16, 8}, 0, std::string(512, 'q'));
  const OpenGguf fused(builder);
  EXPECT_EQ(family_of(*fused).model_type, "chatglm");
  EXPECT_EQ(hf_name(*family_of(*fused).names, "blk.0.attn_qkv.weight"),
            "transformer.encoder.layers.0.self_attention.query_key_value.weight");
  EXPECT_EQ(hf_name(*family_of(*fused).names, "output.weight"), "transformer.output_layer.weight");
}

TEST(GgufFamily, OnlyLlamasRowsWereRegrouped) {
  for (const char* architecture : {"qwen2", "qwen3", "glm4", "chatglm", "gpt2"}) {
    const OpenGguf file(GgufModel{.architecture = architecture}.builder());
    EXPECT_FALSE(family_of(*file).regroups_rope_rows) << architecture;
  }
  EXPECT_TRUE(family_of(*OpenGguf(GgufModel().builder())).regroups_rope_rows);
}

TEST(GgufFamily, ProjectionsThatRopeTurns) {
  EXPECT_EQ(rope_projection("blk.0.attn_q.weight"), 'q');
  EXPECT_EQ(rope_projection("blk.12.attn_k.bias"), 'k');
  for (const char* name : {"blk.0.attn_v.weight", "attn_q.weight", "blk.0.attn_q_norm.weight",
                           "blk.x.attn_q.weight", ""}) {
    EXPECT_EQ(rope_projection(name), '\0') << name;
  }
}

TEST(GgufFamily, OthersAreRefusedWithTheList) {
  EXPECT_EQ(error_of([] { family_of(*OpenGguf(GgufModel{.architecture = "gemma"}.builder())); }),
            "GGUF architecture 'gemma' is not read; these are: llama, qwen2, qwen3, glm4, chatglm, "
            "gpt2");
  EXPECT_EQ(error_of([] { family_of(*OpenGguf(GgufBuilder())); }),
            "general.architecture: metadata 'general.architecture' is missing");
  EXPECT_EQ(error_of([] {
              family_of(*OpenGguf(GgufBuilder().number("general.architecture", uint32_t{1})));
            }),
            "general.architecture: expected a string, got uint32");
}

}  // namespace
}  // namespace lathe::weights
