/** The worker: an actor bound to one device, and the runner that computes stages for it. */
package dev.secateur.worker;
