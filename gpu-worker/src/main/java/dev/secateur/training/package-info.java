/**
 * Training: the loop, its data and AdamW; LoRA and its adapters, models from random weights, and
 * the pretraining of the demo model.
 */
package dev.secateur.training;
