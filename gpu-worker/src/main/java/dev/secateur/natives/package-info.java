/**
 * The native library libtorch: which is found where, how one for CUDA comes to this machine, and
 * what the engine is told of it before it starts. Nothing here loads the engine.
 */
package dev.secateur.natives;
