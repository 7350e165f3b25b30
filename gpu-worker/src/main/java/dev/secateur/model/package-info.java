/**
 * Model families, each a forward pass over {@link dev.secateur.model.Ops}, and the interpreters
 * that give that pass a meaning: tensors here, axes in {@code discovery}, costs here too.
 */
package dev.secateur.model;
