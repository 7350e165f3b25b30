/** Artifacts: the immutable results of stages on disk, found by content key and checked by hash. */
package dev.secateur.artifact;
