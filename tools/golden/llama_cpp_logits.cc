// SPDX-License-Identifier: Apache-2.0
// Teacher-forced logits of llama.cpp: make_smollm2.py builds this against the peer's libraries.
//
//   llama_cpp_logits MODEL.gguf TOKENS < lines of text
//
// Prints a line a position: the token, then eight times the id and the logit of the likeliest
// tokens, likeliest first. Each line of text is one prompt, cut to TOKENS tokens. Keys, values and
// attention are f32; weights and activations are multiplied as llama.cpp does by default.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include "llama.h"

namespace {

constexpr int kTop = 8;

llama_context* open_context(llama_model* model, uint32_t tokens) {
  llama_context_params params = llama_context_default_params();
  params.n_ctx = tokens;
  params.n_batch = tokens;
  params.n_ubatch = tokens;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.type_k = GGML_TYPE_F32;
  params.type_v = GGML_TYPE_F32;
  return llama_init_from_model(model, params);
}

std::vector<llama_token> tokenize(const llama_vocab* vocab, const std::string& text, size_t most) {
  std::vector<llama_token> tokens(text.size() + 8);
  const int count =
      llama_tokenize(vocab, text.data(), static_cast<int32_t>(text.size()), tokens.data(),
                     static_cast<int32_t>(tokens.size()), /*add_special=*/true,
                     /*parse_special=*/true);
  if (count < static_cast<int>(most)) {
    std::fprintf(stderr, "a prompt has %d tokens, expected %zu\n", count, most);
    std::exit(1);
  }
  tokens.resize(most);
  return tokens;
}

void print_top(llama_token token, const float* logits, int vocab) {
  std::vector<int> ids(static_cast<size_t>(vocab));
  std::iota(ids.begin(), ids.end(), 0);
  std::partial_sort(ids.begin(), ids.begin() + kTop, ids.end(),
                    [=](int a, int b) { return logits[a] > logits[b]; });
  std::printf("%d", token);
  for (int i = 0; i < kTop; ++i) std::printf(" %d %.9g", ids[i], logits[ids[i]]);
  std::printf("\n");
}

void run_prompt(llama_model* model, const std::vector<llama_token>& tokens) {
  const auto count = static_cast<int32_t>(tokens.size());
  llama_context* context = open_context(model, static_cast<uint32_t>(count));
  llama_batch batch = llama_batch_init(count, 0, 1);
  for (int32_t i = 0; i < count; ++i) {
    batch.token[i] = tokens[static_cast<size_t>(i)];
    batch.pos[i] = i;
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = 0;
    batch.logits[i] = 1;
  }
  batch.n_tokens = count;
  if (llama_decode(context, batch) != 0) std::exit(1);
  const int vocab = llama_vocab_n_tokens(llama_model_get_vocab(model));
  for (int32_t i = 0; i < count; ++i) {
    print_top(batch.token[i], llama_get_logits_ith(context, i), vocab);
  }
  llama_batch_free(batch);
  llama_free(context);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  llama_backend_init();
  llama_model* model = llama_model_load_from_file(argv[1], llama_model_default_params());
  if (model == nullptr) return 1;
  const auto tokens = static_cast<size_t>(std::atoi(argv[2]));
  for (std::string line; std::getline(std::cin, line);) {
    run_prompt(model, tokenize(llama_model_get_vocab(model), line, tokens));
  }
  llama_model_free(model);
  return 0;
}
