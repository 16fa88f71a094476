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
  if (std::ssize(tokens) < block_size_) tails_.emplace(parent, id);
  if (parent != 0) ++nodes_.at(parent).children;
  return id;
}

void PrefixTree::unlink(NodeId id) {
  const auto erase = [id](auto& index, uint64_t key) {
    const auto [first, last] = index.equal_range(key);
    index.erase(std::find_if(first, last, [&](const auto& entry) { return entry.second == id; }));
  };
  const Node& node = nodes_.at(id);
  erase(by_key_, key_of(node.parent, node.tokens));
  if (std::ssize(node.tokens) < block_size_) erase(tails_, node.parent);
  if (node.parent != 0) --nodes_.at(node.parent).children;
  nodes_.erase(id);
}

void PrefixTree::remove(NodeId id) {
  pool_.release(nodes_.at(id).block);
  unlink(id);
}

PrefixTree::Match PrefixTree::match(std::span<const int32_t> tokens) {
  Match match;
  const auto size = static_cast<size_t>(block_size_);
  ++clock_;
  NodeId at = 0;
  while (tokens.size() >= size) {
    const NodeId child = find_child(at, tokens.first(size));
    if (child == 0) break;
    at = child;
    Node& node = nodes_.at(at);
    node.last_use = clock_;
    match.blocks.push_back(node.block);
    tokens = tokens.subspan(size);
  }
  find_tail(at, tokens, match);
  if (match.tail_tokens > 0) nodes_.at(match.tail).last_use = clock_;
  return match;
}

void PrefixTree::find_tail(NodeId parent, Chunk tokens, Match& match) const {
  const auto [first, last] = tails_.equal_range(parent);
  for (auto it = first; it != last; ++it) {
    const Node& node = nodes_.at(it->second);
    if (pool_.references(node.block) > 1) continue;  // its sequence has not let go yet
    const auto same = std::ranges::mismatch(node.tokens, tokens).in1 - node.tokens.begin();
    if (same <= match.tail_tokens) continue;
    match.tail_tokens = same;
    match.tail = it->second;
  }
}

BlockId PrefixTree::take_tail(const Match& match) {
  const BlockId block = nodes_.at(match.tail).block;
  unlink(match.tail);
  return block;
}

void PrefixTree::insert(std::span<const int32_t> tokens, std::span<const BlockId> blocks,
                        Tail tail) {
  const auto size = static_cast<size_t>(block_size_);
  LATHE_CHECK(blocks.size() * size >= tokens.size(), "fewer blocks than tokens fill", blocks.size(),
              tokens.size());
  ++clock_;
  NodeId at = 0;
  for (const BlockId block : blocks) {
    const Chunk chunk = tokens.first(std::min(size, tokens.size()));
    if (chunk.empty() || (chunk.size() < size && tail == Tail::kLeave)) return;
    const NodeId found = find_child(at, chunk);
    at = found != 0 ? found : add_child(at, chunk, block);
    nodes_.at(at).last_use = clock_;
    if (nodes_.at(at).block != block) return;
    tokens = tokens.subspan(chunk.size());
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
  tails_.clear();
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
