/**
 * Model families, each a forward pass over {@link dev.secateur.model.Ops}, and the interpreters of
 * that pass: tensors and costs here, axes in {@code discovery}.
 */
package dev.secateur.model;
