/**
 * Evaluation: perplexity, zero-shot and multiple-choice tasks, and verification against golden
 * values.
 */
package dev.secateur.evaluation;
