using Millrace.DevBroker.Hosting;

namespace Millrace.DevBroker.Handlers;

/// <summary>The handlers of everything but groups and transactions.</summary>
internal static class CoreModule
{
    public static void Register(ApiRegistry registry, BrokerServices services)
    {
        registry.Add(new ApiVersionsHandler(registry));
        registry.Add(new MetadataHandler(services));
        registry.Add(new FindCoordinatorHandler(services));
        registry.Add(new ProduceHandler(services));
        registry.Add(new FetchHandler(services));
        registry.Add(new ListOffsetsHandler(services));
        registry.Add(new OffsetForLeaderEpochHandler(services));
        registry.Add(new CreateTopicsHandler(services));
        registry.Add(new DeleteTopicsHandler(services));
        registry.Add(new CreatePartitionsHandler(services));
        registry.Add(new DeleteRecordsHandler(services));
        registry.Add(new DescribeConfigsHandler(services));
        registry.Add(new AlterConfigsHandler(services));
        registry.Add(new IncrementalAlterConfigsHandler(services));
        registry.Add(new DescribeClusterHandler(services));
        registry.Add(new DescribeProducersHandler(services));
        registry.Add(new DescribeLogDirsHandler(services));
        registry.Add(new ElectLeadersHandler(services));
        registry.Add(new CreateAclsHandler());
        registry.Add(new DeleteAclsHandler());
        foreach (RequestHandler handler in FixedAnswers.All())
        {
            registry.Add(handler);
        }
    }
}
