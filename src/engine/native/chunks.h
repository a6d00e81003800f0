// How a batch is cut into groups and chunks, and the forests of a chunk: engine/reference/chunks.ts and forest.ts.
#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/plan.h"

constexpr int most_sessions = 8;  // of a chunk

inline int groups_of(int sessions) { return std::min((sessions + 4) / 5, std::max(16, (sessions + 15) / 16)); }
inline int chunks_of(int sessions) {
  const int groups = groups_of(sessions);
  return groups * ((sessions + groups * most_sessions - 1) / (groups * most_sessions));
}

// Tokens that two packets have in common from the beginning.
inline int common_prefix(const Step& step, uint32_t a, uint32_t b) {
  const size_t T = step.plan->max_tokens;
  const uint16_t *ta = step.tokens + a * T, *tb = step.tokens + b * T;
  const int n = std::min(step.lengths[a], step.lengths[b]);
  return std::mismatch(ta, ta + n, tb).first - ta;
}

// Order of two packets by their tokens, lexicographic: a prefix comes first.
inline int compare_packets(const Step& step, uint32_t a, uint32_t b) {
  const size_t T = step.plan->max_tokens;
  const int n = common_prefix(step, a, b);
  if (n == std::min(step.lengths[a], step.lengths[b])) return step.lengths[a] - step.lengths[b];
  return step.tokens[a * T + n] - step.tokens[b * T + n];
}

// The sessions by their least packets; ties by number.
inline void order_sessions(const Step& step, std::vector<uint32_t>& least, std::vector<uint32_t>& order) {
  const uint32_t P = step.plan->max_packets;
  for (int b = 0; b < step.size; b++) {
    order[b] = b;
    least[b] = b * P;
    for (uint32_t row = b * P + 1; row < b * P + step.packets[b]; row++)
      if (compare_packets(step, row, least[b]) < 0) least[b] = row;
  }
  std::sort(order.begin(), order.begin() + step.size, [&](uint32_t a, uint32_t b) {
    const int c = compare_packets(step, least[a], least[b]);
    return c ? c < 0 : a < b;
  });
}

// Tokens of a chunk's packets.
inline int64_t tokens_of(const Step& step, const Chunk& chunk) {
  const size_t P = step.plan->max_packets;
  int64_t sum = 0;
  for (int i = 0; i < chunk.count; i++)
    for (size_t p = 0; p < step.packets[chunk.sessions[i]]; p++) sum += step.lengths[chunk.sessions[i] * P + p];
  return sum;
}

// Level by level: `shared` are the inputs that a sequence has in common with the one before it, `current` is scratch.
template <class Input>
inline void grow_forest(Forest& f, const uint32_t* shared, uint32_t* current, Input&& input) {
  uint32_t node = 0;
  f.levels = *std::max_element(f.length, f.length + f.sequences);
  for (int level = 0; level < f.levels; level++) {
    f.level_start[level] = node;
    for (int s = 0; s < f.sequences; s++) {
      if (level >= (int)f.length[s]) continue;
      if (s > 0 && level < (int)shared[s]) {
        current[s] = current[s - 1];
      } else {
        f.parent[node] = level ? current[s] : 0;
        f.input[node] = input(s, level);
        f.first[node] = s;
        current[s] = node++;
      }
      f.last[current[s]] = s + 1;
      f.leaf[s] = current[s];
    }
  }
  f.level_start[f.levels] = f.nodes = node;
  // Children lie in the order of their parents.
  uint32_t child = f.level_start[1];
  for (uint32_t n = 0; n <= node; n++) {
    f.child_start[n] = child;
    while (child < node && f.parent[child] == n) child++;
  }
}

// Packets in lexicographic order (ties: sessions in their order, packets ascending) and their forest; a path of one node a
// packet for each session.
inline void build_forests(const Step& step, const Chunk& chunk, Workspace& w) {
  const uint32_t P = step.plan->max_packets;
  const size_t T = step.plan->max_tokens;
  Forest &packets = w.packet.forest, &sessions = w.session.forest;
  int count = 0;
  for (int i = 0; i < chunk.count; i++)
    for (uint32_t p = 0; p < step.packets[chunk.sessions[i]]; p++) w.slots[count++] = i * P + p;
  auto row_of = [&](uint32_t slot) { return chunk.sessions[slot / P] * P + slot % P; };
  std::sort(w.slots, w.slots + count, [&](uint32_t a, uint32_t b) {
    const int c = compare_packets(step, row_of(a), row_of(b));
    return c ? c < 0 : a < b;
  });
  for (int s = 0; s < count; s++) {
    w.rows[s] = row_of(w.slots[s]);
    w.place[w.slots[s]] = s;
  }
  packets.sequences = count;
  for (int s = 0; s < count; s++) {
    packets.length[s] = step.lengths[w.rows[s]];
    w.shared[s] = s ? common_prefix(step, w.rows[s - 1], w.rows[s]) : 0;
  }
  grow_forest(packets, w.shared, w.current, [&](int s, int level) { return step.tokens[w.rows[s] * T + level]; });
  sessions.sequences = chunk.count;
  for (int i = 0; i < chunk.count; i++) {
    sessions.length[i] = step.packets[chunk.sessions[i]];
    w.shared[i] = 0;
  }
  grow_forest(sessions, w.shared, w.current, [&](int i, int level) { return w.place[i * P + level]; });
}
