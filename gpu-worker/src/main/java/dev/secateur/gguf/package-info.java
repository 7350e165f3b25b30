/** Models as GGUF files, for llama.cpp and programs that use it. */
package dev.secateur.gguf;
