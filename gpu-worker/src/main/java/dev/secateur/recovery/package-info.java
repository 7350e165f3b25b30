/**
 * Training: the loop that recovery and training from scratch share, AdamW, LoRA and its adapters.
 */
package dev.secateur.recovery;
