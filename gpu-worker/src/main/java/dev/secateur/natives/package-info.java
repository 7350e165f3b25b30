/**
 * The native library libtorch: finds an installed one, downloads one for CUDA, and configures the
 * engine before it starts. Nothing here loads the engine.
 */
package dev.secateur.natives;
