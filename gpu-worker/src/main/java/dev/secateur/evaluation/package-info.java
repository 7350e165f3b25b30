/** Evaluation: perplexity. */
package dev.secateur.evaluation;
