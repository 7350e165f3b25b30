/**
 * Checkpoints on disk: safetensors, the Hugging Face folder layout, and files that appear whole or
 * not at all.
 */
package dev.secateur.checkpoint;
