using Azure.Data.Tables;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millrace.AzureBlobs;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Functions.Configuration;
using Millrace.Functions.Http;
using Millrace.Functions.Jobs;
using Millrace.Functions.Metadata;
using Millrace.Functions.Storage;
using Millrace.Functions.Tasks;

namespace Millrace.Functions;

/// <summary>Adds jobs to a function app.</summary>
public static class MillraceJobsExtensions
{
    /// <summary>Runs jobs in this app: their triggers, entities, timer and HTTP functions are generated from their graphs.</summary>
    /// <param name="builder">The app; configuration must be complete.</param>
    /// <param name="configure">Names the jobs.</param>
    /// <exception cref="MillraceConfigurationException">Something is wrong; the message lists everything that is.</exception>
    /// <example>
    /// <code>
    /// var builder = FunctionsApplication.CreateBuilder(args);
    /// builder.AddMillraceJobs(jobs => jobs.AddAssembly(typeof(UppercaseJob).Assembly));
    /// await builder.Build().RunAsync();
    /// </code>
    /// </example>
    public static IHostApplicationBuilder AddMillraceJobs(this IHostApplicationBuilder builder, Action<MillraceJobs> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        MillraceJobs jobs = new();
        configure(jobs);
        List<string> errors = [];
        MillraceOptions options = MillraceOptions.Read(builder.Configuration, errors);
        HostJson.Check(builder.Configuration, builder.Environment.ContentRootPath, errors);
        JobCatalog catalog = JobCatalog.Create(jobs, options, builder.Configuration, errors);
        IObjectStore? store = CreateStore(builder.Configuration, options, errors);
        TableServiceClient? tables = CreateTables(builder.Configuration, options, errors);
        if (errors.Count > 0)
        {
            throw new MillraceConfigurationException(errors);
        }

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(catalog);
        builder.Services.TryAddSingleton(store!);
        builder.Services.TryAddSingleton<ILedgerStore>(services =>
            tables is null
                ? new ObjectLedgerStore(services.GetRequiredService<IObjectStore>())
                : new TableLedgerStore(tables, options.Container)
        );
        builder.Services.AddSingleton(services => new JobRegistry(
            catalog,
            services.GetRequiredService<IObjectStore>(),
            services.GetRequiredService<ILedgerStore>(),
            options,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>()
        ));
        builder.Services.AddSingleton<IHostedService>(services => new HostIdentity(
            services.GetRequiredService<IConfiguration>(),
            catalog.Jobs.Select(job => job.Name),
            services.GetRequiredService<IObjectStore>(),
            services.GetRequiredService<ILoggerFactory>()
        ));
        EntityBatchSize.AddTo(builder.Services);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<FunctionsMetrics>();
        // Nobody asks for the metrics: the start makes them, so that an exporter finds their instruments.
        builder.Services.AddHostedService(static services => services.GetRequiredService<FunctionsMetrics>());
        builder.Services.AddSingleton<HealthProbe>();
        builder.Services.AddSingleton<IFunctionMetadataProvider>(new JobFunctionsProvider(catalog, options));
        return builder;
    }

    private static TableServiceClient? CreateTables(IConfiguration configuration, MillraceOptions options, List<string> errors) =>
        options.Ledgers == LedgerPlace.Tables
            ? Connect(() => TableConnection.CreateClient(configuration, options.StorageConnection), errors)
            : null;

    private static BlobObjectStore? CreateStore(IConfiguration configuration, MillraceOptions options, List<string> errors)
    {
        // A wrong name is said with the other settings. The connection is looked at even so: everything is listed at once.
        string container = BlobObjectStoreOptions.IsContainerName(options.Container) ? options.Container : new MillraceOptions().Container;
        return Connect(
            () =>
                new BlobObjectStore(
                    BlobConnection.CreateClient(configuration, options.StorageConnection),
                    new BlobObjectStoreOptions { ContainerName = container }
                ),
            errors
        );
    }

    private static T? Connect<T>(Func<T> create, List<string> errors)
        where T : class
    {
        try
        {
            return create();
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or ArgumentException)
        {
            errors.Add(exception.Message);
            return null;
        }
    }
}
