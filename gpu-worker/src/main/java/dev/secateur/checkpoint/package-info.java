/** Checkpoints on disk: safetensors, the Hugging Face folder layout, and atomic writes of files. */
package dev.secateur.checkpoint;
