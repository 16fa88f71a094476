// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/kv/prefix_tree.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/base/hash.h"

namespace lathe::runtime {

uint64_t PrefixTree::key_of(NodeId parent, Chunk tokens) {
  return hash64(std::as_bytes(tokens)) ^ (parent * 0x9e3779b97f4a7c15ULL);
}

PrefixTree::NodeId PrefixTree::find_child(NodeId parent, Chunk tokens) const {
  const auto [first, last] = by_key_.equal_range(key_of(parent, tokens));
  for (auto it = first; it != last; ++it) {
    const Node& node = nodes_.at(it->second);
    if (node.parent == parent && std::ranges::equal(node.tokens, tokens)) return it->second;
  }
  return 0;
}

PrefixTree::NodeId PrefixTree::add_child(NodeId parent, Chunk tokens, BlockId block) {
  const NodeId id = next_id_++;
  pool_.retain(block);
  nodes_[id] = {.parent = parent, .tokens = {tokens.begin(), tokens.end()}, .block = block};
  by_key_.emplace(key_of(parent, tokens), id);
  if (parent != 0) ++nodes_.at(parent).children;
  return id;
}

void PrefixTree::remove(NodeId id) {
  const Node& node = nodes_.at(id);
  const auto [first, last] = by_key_.equal_range(key_of(node.parent, node.tokens));
  by_key_.erase(std::find_if(first, last, [&](const auto& entry) { return entry.second == id; }));
  if (node.parent != 0) --nodes_.at(node.parent).children;
  pool_.release(node.block);
  nodes_.erase(id);
}

std::vector<BlockId> PrefixTree::match(std::span<const int32_t> tokens) {
  std::vector<BlockId> blocks;
  const auto size = static_cast<size_t>(block_size_);
  ++clock_;
  NodeId at = 0;
  for (; tokens.size() >= size; tokens = tokens.subspan(size)) {
    at = find_child(at, tokens.first(size));
    if (at == 0) break;
    Node& node = nodes_.at(at);
    node.last_use = clock_;
    blocks.push_back(node.block);
  }
  return blocks;
}

void PrefixTree::insert(std::span<const int32_t> tokens, std::span<const BlockId> blocks) {
  const auto size = static_cast<size_t>(block_size_);
  LATHE_CHECK(blocks.size() >= tokens.size() / size, "fewer blocks than full ones", blocks.size(),
              tokens.size());
  ++clock_;
  NodeId at = 0;
  for (size_t i = 0; (i + 1) * size <= tokens.size(); ++i) {
    const Chunk chunk = tokens.subspan(i * size, size);
    const NodeId found = find_child(at, chunk);
    at = found != 0 ? found : add_child(at, chunk, blocks[i]);
    nodes_.at(at).last_use = clock_;
    if (nodes_.at(at).block != blocks[i]) return;
  }
}

bool PrefixTree::evict() {
  const Node* oldest = nullptr;
  NodeId oldest_id = 0;
  for (const auto& [id, node] : nodes_) {
    if (node.children > 0 || pool_.references(node.block) > 1) continue;
    if (oldest != nullptr && oldest->last_use <= node.last_use) continue;
    oldest = &node;
    oldest_id = id;
  }
  if (oldest == nullptr) return false;
  remove(oldest_id);
  return true;
}

void PrefixTree::clear() {
  for (const auto& [id, node] : nodes_) pool_.release(node.block);
  nodes_.clear();
  by_key_.clear();
}

int64_t PrefixTree::num_evictable() const {
  return std::count_if(nodes_.begin(), nodes_.end(), [&](const auto& entry) {
    return pool_.references(entry.second.block) == 1;
  });
}

std::vector<BlockId> PrefixTree::blocks() const {
  std::vector<BlockId> blocks;
  for (const auto& [id, node] : nodes_) blocks.push_back(node.block);
  return blocks;
}

bool PrefixTree::holds(BlockId block) const {
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [&](const auto& entry) { return entry.second.block == block; });
}

}  // namespace lathe::runtime
