/**
 * Hill climbing from the allocation of profiles: moves of removed units between structures, each
 * measured on the whole pruned model.
 */
package dev.secateur.climbing;
