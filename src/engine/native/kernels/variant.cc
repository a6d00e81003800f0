// Compiled once per variant (see build.mjs), with -DVARIANT=<namespace> and that variant's machine flags.
#include "network.h"
#include "optimizer.h"
#include "peak.h"

#define NAME(x) #x
#define NAME_OF(x) NAME(x)

namespace VARIANT {

extern const Kernels kernels;
const Kernels kernels = {
    NAME_OF(VARIANT), cell_count, shape_of, pack_weights, forward, backward, add_to, sum_of_squares, adam, peak_gflops,
};

}  // namespace VARIANT
