// Most of these tests wait for clients' timers, not for the processor.
[assembly: CollectionBehavior(MaxParallelThreads = 6)]
