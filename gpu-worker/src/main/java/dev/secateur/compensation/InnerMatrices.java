package dev.secateur.compensation;

import dev.secateur.model.Ops.Linear;
import java.util.List;

/**
 * Affine maps of a structure that read the same of the residual stream: queries, keys and values of
 * attention, or gate and up of an MLP or an expert, fused or not.
 *
 * @param output the output matrix of the block that reads what they compute
 * @param after the last of the block's output matrices whose output is in what they read; -1 where
 *     none is
 */
record InnerMatrices(List<Linear> layers, int output, int after, Owner owner) {
  InnerMatrices {
    layers = List.copyOf(layers);
  }

  /** The name of the one that is run first. */
  String first() {
    return layers.get(0).name();
  }
}
