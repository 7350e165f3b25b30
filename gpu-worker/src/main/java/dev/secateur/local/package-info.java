/** Jobs: what commands do with one checkpoint on one device, without a cluster. */
package dev.secateur.local;
