package dev.secateur.protocol;

/** What the weights that are not trained are held as while an adapter is. */
public enum Precision implements Labelled {
  FLOAT32,
  /** Half the memory; slow on processors without it, meant for GPUs. */
  BFLOAT16
}
