using System.Globalization;
using DiffusionX.Peers;
using DiffusionX.Pipeline;

// Measures one model in a process of its own, and prints one line of JSON.
// usage: FOLDER SIDE STEPS PICTURES
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
await PeerMeasurement.RunAsync(args[0], int.Parse(args[1]), int.Parse(args[2]), int.Parse(args[3]), Precision.Auto);
return 0;
