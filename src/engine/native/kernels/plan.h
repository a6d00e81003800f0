// What a network is made of, and what a variant of the kernels offers: single-threaded functions on one chunk of a batch.
// Everything here is plain data, laid out by code that is compiled without machine flags (step.h).
#pragma once
#include <cstddef>
#include <cstdint>

enum class Activation : int { none = 0, tanh = 1, relu = 2 };
enum class Attention : int { none = 0, mean = 1, tanh = 2, dot = 3, additive = 4 };

constexpr int row_block = 48;     // rows of a product at once: a multiple of every tile's
constexpr int outer_block = 128;  // rows of a weight gradient's product at once
constexpr int most_layers = 64;    // of an encoder, and of the head
constexpr int most_weights = 800;  // of a plan

// What is to be known of a cell outside its file. H units.
struct CellShape {
  int gates;   // G: blocks of H columns of its weights
  int saved;   // K: blocks of H numbers that a node saves
  int early;   // gates before this one read h of the parent, the others a block that their own node saved
  bool bias;   // whether there is a bias in the recurrent part
  int memory;  // the saved block that the children read beside h, so that inference has to save, too; −1: none
};

// Weights by their numbers in the order of the data flow (engine/plan.ts: weightsOf); −1: there is none.
struct RecurrentLayer {
  int inputs, input, bias, recurrent, recurrent_bias, initial;
};
struct Encoder {
  int units, layers;
  Attention attention;
  RecurrentLayer layer[most_layers];
  int scoring[3];  // tanh: weight, bias; dot: query; additive: projection, its bias, context
};
struct DenseLayer {
  int inputs, units;
  bool norm, mask;
  Activation activation;
  int weight, bias, gain, shift;
};
// Predicts tokens; units 0: there is none. So is latent, where it is told no latent vectors.
struct Decoder {
  int units, prefix, context, context_bias, output, output_bias;
  int latent, posterior, posterior_bias, project;
};
// What products do with a weight: nothing, rows times it, or the same by gates in two packed parts (recurrent.h).
enum class Product { none, dense, recurrent };
struct Weight {
  size_t rows, columns;
  Product product;
  size_t offset;  // where its gradient lies among those of a group
  size_t size() const { return rows * columns; }
};
struct Plan {
  int cell, vocabulary, max_packets, max_tokens, capacity;
  CellShape shape;
  Encoder packet, session;
  int head_layers;
  DenseLayer head[most_layers];
  Decoder decoder;
  int weights;
  Weight weight[most_weights];
  size_t total;  // floats of a group's gradients
  int classes() const { return head[head_layers - 1].units; }
};

// Recurrent steps of S sequences as a forest of shared prefixes (engine/reference/forest.ts). N nodes, numbered level by
// level, within a level in the order of the sequences through them.
struct Forest {
  int levels, nodes, sequences;
  uint32_t* level_start;  // [levels + 1]
  uint32_t* parent;       // [N]; unused on level 0
  uint32_t* child_start;  // [N + 1]: children of node n are child_start[n] … child_start[n + 1] − 1
  uint32_t* input;        // [N]: the token, or the place of the packet, that it reads
  uint32_t* first;        // [N]: sequences through it: first … last − 1
  uint32_t* last;
  uint32_t* leaf;    // [S]
  uint32_t* length;  // [S]
};

// Weights as products read them, shared by all chunks of a step.
struct Packed {
  float* table;                 // [V, G·H]: x·W + b of each token
  float* forward[most_weights];
  float* backward[most_weights];
};

// States of an encoder on one chunk. R input rows.
struct EncoderStates {
  Forest forest;
  float* hidden[most_layers];  // [N, H]
  float* saved[most_layers];   // [N, K·H]
  float* rows[most_layers];    // [R, G·H]: the input's part of the gates, later its gradient; not where tokens are read
  float* scores;               // [N]
  float* d_scores;             // [N]
  float* weights;              // [S, steps]
  float* d_path;               // [steps]
  float* projected;            // [N, H]: additive attention
  float* d_projected;          // [N, H]
  float* d_hidden;             // [N, H]: gradient from outside, where it is more than attention's factors
  float* carried[2];           // [S, H]: gradients of the nodes of a level
  float* out;                  // [S, H]
  float* d_out;                // [S, H]
  float* extra;                // [N, H]: the top layer's gradient from the decoder; null without one
  uint32_t* path;              // [steps]
  int steps;
};
struct DenseStates {
  float *values, *activated, *gradient, *normal;  // [sessions, units]
  double* inverse;                                // [sessions]
};
// Z latent units of n sessions, S units of the session encoder, K of the decoder.
struct LatentStates {
  float *q, *dq;                   // [n, 2Z]: mean, then what the deviation is made of
  float *y, *deviation, *z, *dz;   // [n, Z]
  float *r, *dr;                   // [n, K]
  float* d_vectors;                // [n, S]
};
// N nodes of the packets, M of the sessions; K units.
struct DecoderStates {
  float *prefixes, *d_prefixes;  // [N, K]
  float *contexts, *d_contexts;  // [M, K]
  float *o, *d_o;                // [row_block, K]
  float* logits;                 // [row_block, V]
  float* told;                   // [K]
};
// All that a thread needs for a chunk.
struct Workspace {
  EncoderStates packet, session;
  DenseStates head[most_layers];
  DecoderStates decoder;
  LatentStates latent;
  float* spare;   // a block of rows
  float* panels;  // a block of packed rows
  uint32_t* rows;   // [packets]: row in the batch of the packet at each place of the sorted order
  uint32_t* slots;  // [packets]: its number in the chunk, session · P + packet
  uint32_t* place;  // [sessions · P]: the other way round
  uint32_t *shared, *current;  // [packets]
};

// A step as its caller gave it.
struct Step {
  const Plan* plan;
  const Packed* packed;
  const float* value[most_weights];
  const float* mask[most_layers];  // [capacity, units] or null
  const double* class_weights;     // [C] or null
  int size;
  const uint8_t* packets;
  const uint16_t* lengths;
  const uint16_t* tokens;
  const uint8_t* labels;
  float* logits;   // [B, C]
  double* losses;  // [B]; null in inference
  float* gradient[most_weights];
  // Of the decoder: Σ nats [B] and the gradient of a token's, 0 where there is nothing to learn from; in inference where the
  // surprise of every token is to be written [B, P, T], null: nowhere.
  double* nats;
  float decoder_gradient;
  float* surprise;
  // Of latent vectors: what they are drawn with [B, Z], null: 0; Σ divergences [B], the gradient of one, and which of a unit
  // has none; in inference whether they are 0, and where means and deviations are to be written [B, 2Z], null: nowhere.
  const float* noise;
  const uint8_t* hidden;  // [B, P, T]: tokens whose prefix is hidden; null: none
  double* divergences;
  float divergence_gradient;
  double free_nats;
  bool without_latent;
  float* posterior;
  // Where attention is to be written; null: nowhere.
  float *token_scores, *token_weights, *packet_scores, *packet_weights;
};

// Sessions of a batch on their way together; where their gradients grow.
struct Chunk {
  const uint32_t* sessions;
  int count;
  float* gradients;  // Plan::total; of the group
  uint8_t* touched;  // [V]: tokens whose row of the first weight is not left uninitialised
};

struct Kernels {
  const char* variant;
  int cells;
  const CellShape& (*shape_of)(int cell);
  void (*pack)(const Step&, bool training);
  void (*forward)(const Step&, const Chunk&, Workspace&, bool training);
  void (*backward)(const Step&, const Chunk&, Workspace&);
  void (*add)(float* to, const float* from, int n);
  double (*sum_of_squares)(size_t n, const float* x);
  void (*adam)(size_t n, float* p, const float* g, float* m, float* v, const float* constants);
  double (*peak_gflops)();
};
