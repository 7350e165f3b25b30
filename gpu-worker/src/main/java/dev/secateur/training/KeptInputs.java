package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.StorageKernels;

/**
 * What goes into each section of a micro-batch's forward pass. Streams lie in one array, since they
 * live from the forward to the backward pass: between arrays that come and go they would leave gaps
 * that the allocator can't give back.
 */
final class KeptInputs {
  private final StorageKernels kernels = StorageKernels.get();
  private final NDManager owner;
  private final NDArray ids;
  private final int sections;
  private NDArray streams;

  /**
   * @param ids (rows, tokens), what goes into the first section
   */
  KeptInputs(NDManager owner, NDArray ids, int sections) {
    this.owner = owner;
    this.ids = ids;
    this.sections = sections;
  }

  /**
   * @param stream (rows, tokens, width), what goes into a section but the first; copied
   */
  void put(int section, NDArray stream) {
    if (streams == null) {
      streams = kernels.room(owner, stream, sections - 1L);
    }
    kernels.put(streams, section - 1L, stream);
  }

  NDArray of(NDManager scope, int section) {
    return section == 0 ? ids : kernels.at(scope, streams, section - 1L);
  }
}
