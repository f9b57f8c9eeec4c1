IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(args);

// The development broker, of the tool millrace: dotnet tool install --global Millrace.Tool. Its topics end with it.
IResourceBuilder<ExecutableResource> kafka = builder
    .AddExecutable(
        "kafka",
        "millrace",
        builder.AppHostDirectory,
        "broker",
        "--port",
        "9092",
        "--topic",
        "orders:4",
        "--topic",
        "order-totals:4"
    )
    .WithEndpoint(port: 9092, name: "kafka", scheme: "tcp", isProxied: false);

builder
    .AddProject<Projects.JobsIdentifier_Host>("jobs")
    .WithEnvironment("Kafka__bootstrap_servers", "localhost:9092")
    .WithEnvironment("MakeUpOrders", "true")
    .WithEnvironment("Millrace__CheckpointDirectory", Directory.CreateTempSubdirectory("millrace-").FullName)
    .WithUrl("/totals", "Totals")
    .WithUrl("/jobs/order-totals", "Job")
    .WithHttpHealthCheck("/health")
    .WaitFor(kafka);

builder.Build().Run();
