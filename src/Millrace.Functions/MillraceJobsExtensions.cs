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
    /// <param name="builder">The app.</param>
    /// <param name="configure">Names the jobs. They are made when the app starts, of its services and its configuration.</param>
    /// <remarks>
    /// What is wrong with settings, host.json, jobs or their parameters fails the start with a
    /// <see cref="MillraceConfigurationException"/> that lists everything.
    /// </remarks>
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
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => AppParts.Create(jobs, services));
        builder.Services.AddSingleton(static services => services.GetRequiredService<AppParts>().Options);
        builder.Services.AddSingleton(static services => services.GetRequiredService<AppParts>().Catalog);
        builder.Services.TryAddSingleton<IObjectStore>(static services => services.GetRequiredService<AppParts>().Store);
        builder.Services.TryAddSingleton(static services => services.GetRequiredService<AppParts>().Ledgers(services));
        builder.Services.AddSingleton(static services => new JobRegistry(
            services.GetRequiredService<JobCatalog>(),
            services.GetRequiredService<IObjectStore>(),
            services.GetRequiredService<ILedgerStore>(),
            services.GetRequiredService<MillraceOptions>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>()
        ));
        builder.Services.AddSingleton<IHostedService>(static services => new HostIdentity(
            services.GetRequiredService<IConfiguration>(),
            services.GetRequiredService<JobCatalog>().Jobs.Select(job => job.Name),
            services.GetRequiredService<IObjectStore>(),
            services.GetRequiredService<ILoggerFactory>()
        ));
        EntityBatchSize.AddTo(builder.Services);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<FunctionsMetrics>();
        // Nobody asks for the metrics: the start makes them, so that an exporter finds their instruments.
        builder.Services.AddHostedService(static services => services.GetRequiredService<FunctionsMetrics>());
        builder.Services.AddSingleton<HealthProbe>();
        builder.Services.AddSingleton<IFunctionMetadataProvider>(static services => new JobFunctionsProvider(
            services.GetRequiredService<JobCatalog>(),
            services.GetRequiredService<MillraceOptions>()
        ));
        return builder;
    }
}

/// <summary>What the configuration of an app says, read and checked at its start.</summary>
internal sealed class AppParts
{
    private readonly TableServiceClient? _tables;

    private AppParts(MillraceOptions options, JobCatalog catalog, BlobObjectStore store, TableServiceClient? tables)
    {
        Options = options;
        Catalog = catalog;
        Store = store;
        _tables = tables;
    }

    public MillraceOptions Options { get; }

    public JobCatalog Catalog { get; }

    public BlobObjectStore Store { get; }

    public ILedgerStore Ledgers(IServiceProvider services) =>
        _tables is null
            ? new ObjectLedgerStore(services.GetRequiredService<IObjectStore>())
            : new TableLedgerStore(_tables, Options.Container);

    /// <exception cref="MillraceConfigurationException">Something is wrong; the message lists everything that is.</exception>
    public static AppParts Create(MillraceJobs jobs, IServiceProvider services)
    {
        IConfiguration configuration = services.GetRequiredService<IConfiguration>();
        List<string> errors = [];
        MillraceOptions options = MillraceOptions.Read(configuration, errors);
        HostJson.Check(configuration, services.GetRequiredService<IHostEnvironment>().ContentRootPath, errors);
        JobCatalog catalog = JobCatalog.Create(jobs, options, configuration, services, errors);
        BlobObjectStore? store = CreateStore(configuration, options, errors);
        TableServiceClient? tables = CreateTables(configuration, options, errors);
        return errors.Count == 0 ? new AppParts(options, catalog, store!, tables) : throw new MillraceConfigurationException(errors);
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
