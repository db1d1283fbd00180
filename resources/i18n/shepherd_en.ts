<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
  <context>
    <name>ShepherdSegmentation</name>
    <message>
      <location filename="../../algorithms/base.py" />
      <source>Segmentation</source>
      <translation>Segmentation</translation>
    </message>
    <message>
      <location filename="../../algorithms/base.py" />
      <source>Something went wrong that should not have: {error}. Run it again; if it happens again, report it with the details from the message log, tab “{tab}”.</source>
      <translation>Something went wrong that should not have: {error}. Run it again; if it happens again, report it with the details from the message log, tab “{tab}”.</translation>
    </message>
    <message>
      <location filename="../../algorithms/base.py" />
      <source>There is not enough memory. Use smaller tiles or fewer cores.</source>
      <translation>There is not enough memory. Use smaller tiles or fewer cores.</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Clip segments</source>
      <translation>Clip segments</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Clipped segments</source>
      <translation>Clipped segments</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Clipped statistics</source>
      <translation>Clipped statistics</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Clipped statistics table</source>
      <translation>Clipped statistics table</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Cuts segments to an extent or a mask, and numbers them anew with their statistics.</source>
      <translation>Cuts segments to an extent or a mask, and numbers them anew with their statistics.</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Extent</source>
      <translation>Extent</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Its rows are carried over to the new ids. The values stay those of the whole segments.</source>
      <translation>Its rows are carried over to the new ids. The values stay those of the whole segments.</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Mask (polygons, or raster above 0)</source>
      <translation>Mask (polygons, or raster above 0)</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>New and former id of every segment, and the columns of the statistics table.</source>
      <translation>New and former id of every segment, and the columns of the statistics table.</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Pixels that it covers at least in part are kept. Extent, mask, or both must be given.</source>
      <translation>Pixels that it covers at least in part are kept. Extent, mask, or both must be given.</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Pixels whose centre is inside are kept.</source>
      <translation>Pixels whose centre is inside are kept.</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Raster of segment ids from 1 on, in the order of the former ids.</source>
      <translation>Raster of segment ids from 1 on, in the order of the former ids.</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>Statistics table of these segments</source>
      <translation>Statistics table of these segments</translation>
    </message>
    <message>
      <location filename="../../algorithms/clipsegments.py" />
      <source>crop,cut,subset,mask,extent,renumber,obia,object</source>
      <translation>crop,cut,subset,mask,extent,renumber,obia,object</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>A page with all jobs and their states, when none is named.</source>
      <translation>A page with all jobs and their states, when none is named.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>AWS</source>
      <translation>AWS</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>Cancelled.</source>
      <translation>Cancelled.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>Collect a job from AWS</source>
      <translation>Collect a job from AWS</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>Fargate profile</source>
      <translation>Fargate profile</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>HTML files (*.html)</source>
      <translation>HTML files (*.html)</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>Job (empty: list all jobs)</source>
      <translation>Job (empty: list all jobs)</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>Job {job} is deleted; nothing of it is left at AWS.</source>
      <translation>Job {job} is deleted; nothing of it is left at AWS.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>List of jobs</source>
      <translation>List of jobs</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>Lists, collects, watches or deletes jobs that run on AWS Fargate.</source>
      <translation>Lists, collects, watches or deletes jobs that run on AWS Fargate.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>Number of jobs</source>
      <translation>Number of jobs</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>Number of segments</source>
      <translation>Number of segments</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>Segments</source>
      <translation>Segments</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>Stopped watching. The job goes on at AWS.</source>
      <translation>Stopped watching. The job goes on at AWS.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>The id of a job, as the list shows it. The form offers those that this computer has started.</source>
      <translation>The id of a job, as the list shows it. The form offers those that this computer has started.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>The profile has no jobs.</source>
      <translation>The profile has no jobs.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>The profile that the jobs were started with.</source>
      <translation>The profile that the jobs were started with.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>The raster is complete; collect it when you like.</source>
      <translation>The raster is complete; collect it when you like.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>What to do with it</source>
      <translation>What to do with it</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>Where to put a collected raster. Skipped: the file that the job was started for.</source>
      <translation>Where to put a collected raster. Skipped: the file that the job was started for.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>aws,fargate,cloud,jobs,resume,offload</source>
      <translation>aws,fargate,cloud,jobs,resume,offload</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>choose one</source>
      <translation>choose one</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>{count} segments. The raster is in {path}.</source>
      <translation>{count} segments. The raster is in {path}.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>{problem} It is tried again when QGIS starts.</source>
      <translation>{problem} It is tried again when QGIS starts.</translation>
    </message>
    <message>
      <location filename="../../algorithms/collectjob.py" />
      <source>“collect” waits for the end, fetches the raster and cleans up; “watch” only waits and leaves the raster at AWS; “delete” stops the job and deletes all that it made.</source>
      <translation>“collect” waits for the end, fetches the raster and cleans up; “watch” only waits and leaves the raster at AWS; “delete” stops the job and deletes all that it made.</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>Done</source>
      <translation>Done</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>Input and output</source>
      <translation>Input and output</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>Job</source>
      <translation>Job</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>Jobs of the Fargate profile “{name}”</source>
      <translation>Jobs of the Fargate profile “{name}”</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>Started</source>
      <translation>Started</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>State</source>
      <translation>State</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>delete it</source>
      <translation>delete it</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>delete it again if that lasts</source>
      <translation>delete it again if that lasts</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>on another computer</source>
      <translation>on another computer</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>on this computer</source>
      <translation>on this computer</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>ready to be collected</source>
      <translation>ready to be collected</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>started {when}</source>
      <translation>started {when}</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>still being sent; if that has stopped, start the segmentation again</source>
      <translation>still being sent; if that has stopped, start the segmentation again</translation>
    </message>
    <message>
      <location filename="../../algorithms/jobspage.py" />
      <source>watch or collect it to go on</source>
      <translation>watch or collect it to go on</translation>
    </message>
    <message>
      <location filename="../../algorithms/measuring.py" />
      <source>Cancelled. No result was written.</source>
      <translation>Cancelled. No result was written.</translation>
    </message>
    <message>
      <location filename="../../algorithms/measuring.py" />
      <source>Raster of segment ids above 0, from this plugin or any other source; gaps between the ids do no harm. 0 and nodata are outside.</source>
      <translation>Raster of segment ids above 0, from this plugin or any other source; gaps between the ids do no harm. 0 and nodata are outside.</translation>
    </message>
    <message>
      <location filename="../../algorithms/measuring.py" />
      <source>Segments: measure and convert</source>
      <translation>Segments: measure and convert</translation>
    </message>
    <message>
      <location filename="../../algorithms/naming.py" />
      <source>of {layer}</source>
      <translation>of {layer}</translation>
    </message>
    <message>
      <location filename="../../algorithms/naming.py" />
      <source>≥ {size} px, {clusters} clusters</source>
      <translation>≥ {size} px, {clusters} clusters</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>A polygon for every segment, with its statistics as attributes.</source>
      <translation>A polygon for every segment, with its statistics as attributes.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>A small segment joins a neighbour only if their mean spectra are at most this far apart, in the units of the bands. A very large number means no limit.</source>
      <translation>A small segment joins a neighbour only if their mean spectra are at most this far apart, in the units of the bands. A very large number means no limit.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Band scaling</source>
      <translation>Band scaling</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Bands (none chosen: all)</source>
      <translation>Bands (none chosen: all)</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Bands that decide what is alike. None chosen: all except an alpha band.</source>
      <translation>Bands that decide what is alike. None chosen: all except an alpha band.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Connectivity (4: along edges, 8: also at corners)</source>
      <translation>Connectivity (4: along edges, 8: also at corners)</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Creation options</source>
      <translation>Creation options</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Mask (raster above 0, or polygons)</source>
      <translation>Mask (raster above 0, or polygons)</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Maximum spectral difference (empty: automatic)</source>
      <translation>Maximum spectral difference (empty: automatic)</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Maximum spectral difference used</source>
      <translation>Maximum spectral difference used</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Mean, standard deviation, minimum and maximum of the segmented bands, and the shape of every segment.</source>
      <translation>Mean, standard deviation, minimum and maximum of the segmented bands, and the shape of every segment.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Minimum mapping unit: smaller segments join their most similar neighbour.</source>
      <translation>Minimum mapping unit: smaller segments join their most similar neighbour.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Minimum segment size [pixels]</source>
      <translation>Minimum segment size [pixels]</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Nodata value (empty: as stored in the raster)</source>
      <translation>Nodata value (empty: as stored in the raster)</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Number of clusters</source>
      <translation>Number of clusters</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Only pixels inside are segmented. Any grid and coordinate system will do.</source>
      <translation>Only pixels inside are segmented. Any grid and coordinate system will do.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Options of the output's format, in place of the usual.</source>
      <translation>Options of the output's format, in place of the usual.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Percentile for the automatic maximum [%]</source>
      <translation>Percentile for the automatic maximum [%]</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Percentile of the distances between cluster centres. Lower keeps more small segments.</source>
      <translation>Percentile of the distances between cluster centres. Lower keeps more small segments.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Pixels that have this value in any of the bands are left out.</source>
      <translation>Pixels that have this value in any of the bands are left out.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Pixels, from all over the raster, that the clusters are found on.</source>
      <translation>Pixels, from all over the raster, that the clusters are found on.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Polygons</source>
      <translation>Polygons</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Random seed</source>
      <translation>Random seed</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Raster of segment ids from 1 on; 0 where the image has no data.</source>
      <translation>Raster of segment ids from 1 on; 0 where the image has no data.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Raster to segment</source>
      <translation>Raster to segment</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Sample for clustering [pixels]</source>
      <translation>Sample for clustering [pixels]</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Smoothing before clustering [pixels]</source>
      <translation>Smoothing before clustering [pixels]</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Spectral classes that pixels are sorted into first. More draw finer borders.</source>
      <translation>Spectral classes that pixels are sorted into first. More draw finer borders.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Standard deviation of a Gaussian filter; 0.5 to 1 calms noisy images, 0 is off.</source>
      <translation>Standard deviation of a Gaussian filter; 0.5 to 1 calms noisy images, 0 is off.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>Statistics table</source>
      <translation>Statistics table</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>The image, with any number of bands.</source>
      <translation>The image, with any number of bands.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>The same seed gives the same result, always.</source>
      <translation>The same seed gives the same result, always.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>With 8, thin diagonal things such as roads stay in one piece.</source>
      <translation>With 8, thin diagonal things such as roads stay in one piece.</translation>
    </message>
    <message>
      <location filename="../../algorithms/parameters.py" />
      <source>“standardise” measures every band in units of its own standard deviation: for bands of different kinds, such as reflectance and elevation.</source>
      <translation>“standardise” measures every band in units of its own standard deviation: for bands of different kinds, such as reflectance and elevation.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segment.py" />
      <source>Extent (empty: the whole raster)</source>
      <translation>Extent (empty: the whole raster)</translation>
    </message>
    <message>
      <location filename="../../algorithms/segment.py" />
      <source>Groups similar neighbouring pixels into segments, in one go.</source>
      <translation>Groups similar neighbouring pixels into segments, in one go.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segment.py" />
      <source>Segment a raster</source>
      <translation>Segment a raster</translation>
    </message>
    <message>
      <location filename="../../algorithms/segment.py" />
      <source>Segments this part only. The clusters still come from the whole raster, so a trial on the map's extent shows what the full run will give.</source>
      <translation>Segments this part only. The clusters still come from the whole raster, so a trial on the map's extent shows what the full run will give.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segment.py" />
      <source>obia,object,k-means,clustering,image,cluster,superpixel</source>
      <translation>obia,object,k-means,clustering,image,cluster,superpixel</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentation.py" />
      <source>Segment polygons {what}</source>
      <translation>Segment polygons {what}</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentation.py" />
      <source>Segment statistics {what}</source>
      <translation>Segment statistics {what}</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentation.py" />
      <source>Segments {what}</source>
      <translation>Segments {what}</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentation.py" />
      <source>{segments} segments. {singles} single pixels and {small} small segments have joined a neighbour; {nulls} pixels have no data.</source>
      <translation>{segments} segments. {singles} single pixels and {small} small segments have joined a neighbour; {nulls} pixels have no data.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentation.py" />
      <source>“{layer}” is a result: its pixels are ids of segments, and segments of ids mean nothing. Choose the image itself as “{parameter}”.</source>
      <translation>“{layer}” is a result: its pixels are ids of segments, and segments of ids mean nothing. Choose the image itself as “{parameter}”.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstatistics.py" />
      <source>Measures every segment: statistics of rasters, shape, and neighbours.</source>
      <translation>Measures every segment: statistics of rasters, shape, and neighbours.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstatistics.py" />
      <source>Segment means</source>
      <translation>Segment means</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstatistics.py" />
      <source>Segment statistics</source>
      <translation>Segment statistics</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstatistics.py" />
      <source>zonal,statistics,mean,percentile,obia,object,shape,features,table</source>
      <translation>zonal,statistics,mean,percentile,obia,object,shape,features,table</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstopolygons.py" />
      <source>A layer with one polygon per segment: GeoPackage, Shapefile, and others.</source>
      <translation>A layer with one polygon per segment: GeoPackage, Shapefile, and others.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstopolygons.py" />
      <source>A table with the column segment_id, such as the result of “Segment statistics”.</source>
      <translation>A table with the column segment_id, such as the result of “Segment statistics”.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstopolygons.py" />
      <source>Adds mean, standard deviation, minimum and maximum of all their bands, and the shape.</source>
      <translation>Adds mean, standard deviation, minimum and maximum of all their bands, and the shape.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstopolygons.py" />
      <source>Draws a valid polygon around every segment, with statistics as attributes.</source>
      <translation>Draws a valid polygon around every segment, with statistics as attributes.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstopolygons.py" />
      <source>Number of polygons of several parts</source>
      <translation>Number of polygons of several parts</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstopolygons.py" />
      <source>Rasters to measure in the same run</source>
      <translation>Rasters to measure in the same run</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstopolygons.py" />
      <source>Segment polygons</source>
      <translation>Segment polygons</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstopolygons.py" />
      <source>Segments to polygons</source>
      <translation>Segments to polygons</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstopolygons.py" />
      <source>Statistics table to join</source>
      <translation>Statistics table to join</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmentstopolygons.py" />
      <source>polygonize,vectorize,vector,outline,join,obia,object</source>
      <translation>polygonize,vectorize,vector,outline,join,obia,object</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>Cores to use (0: all)</source>
      <translation>Cores to use (0: all)</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>Finished tiles are kept here. The same run started again with the same folder goes on where it stopped. Empty: a temporary folder, removed at the end. A run on AWS goes on from what it has there, and needs none.</source>
      <translation>Finished tiles are kept here. The same run started again with the same folder goes on where it stopped. Empty: a temporary folder, removed at the end. A run on AWS goes on from what it has there, and needs none.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>Groups similar neighbouring pixels into segments, in tiles on all cores.</source>
      <translation>Groups similar neighbouring pixels into segments, in tiles on all cores.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>Leave the job on AWS once its input is sent, and collect it later</source>
      <translation>Leave the job on AWS once its input is sent, and collect it later</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>More help with slow sources such as a web server, fewer with a hard disk.</source>
      <translation>More help with slow sources such as a web server, fewer with a hard disk.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>Number of tiles worked on at the same time. With a Fargate profile: the number of workers on AWS; 0 takes the profile's.</source>
      <translation>Number of tiles worked on at the same time. With a Fargate profile: the number of workers on AWS; 0 takes the profile's.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>Segment a raster of any size (tiled)</source>
      <translation>Segment a raster of any size (tiled)</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>Side of a tile. It affects memory and speed, never the result.</source>
      <translation>Side of a tile. It affects memory and speed, never the result.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>The run ends early and without a result, and QGIS can be closed. “Collect a job from AWS” fetches the segments when they are there. Only with a Fargate profile.</source>
      <translation>The run ends early and without a result, and QGIS can be closed. “Collect a job from AWS” fetches the segments when they are there. Only with a Fargate profile.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>This computer (“local” in scripts), or AWS with a Fargate profile, by its name. They are made in Settings &gt; Options &gt; Shepherd Segmentation.</source>
      <translation>This computer (“local” in scripts), or AWS with a Fargate profile, by its name. They are made in Settings &gt; Options &gt; Shepherd Segmentation.</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>Tile size [pixels] (0: automatic)</source>
      <translation>Tile size [pixels] (0: automatic)</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>Tiles to read at the same time (0: automatic)</source>
      <translation>Tiles to read at the same time (0: automatic)</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>Where tiles are worked on</source>
      <translation>Where tiles are worked on</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>Workspace folder, to resume an interrupted run</source>
      <translation>Workspace folder, to resume an interrupted run</translation>
    </message>
    <message>
      <location filename="../../algorithms/segmenttiled.py" />
      <source>obia,object,k-means,clustering,image,large,parallel,tiles</source>
      <translation>obia,object,k-means,clustering,image,large,parallel,tiles</translation>
    </message>
    <message>
      <location filename="../../algorithms/shippedmodel.py" />
      <source>Models</source>
      <translation>Models</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>A table with one row per segment: GeoPackage, CSV, and others.</source>
      <translation>A table with one row per segment: GeoPackage, CSV, and others.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Also add the columns to the attribute table of the segments (KEA and Erdas Imagine)</source>
      <translation>Also add the columns to the attribute table of the segments (KEA and Erdas Imagine)</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Area</source>
      <translation>Area</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Bands of the raster to measure. None chosen: all except an alpha band.</source>
      <translation>Bands of the raster to measure. None chosen: all except an alpha band.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Bounding box (four columns)</source>
      <translation>Bounding box (four columns)</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Centroid x</source>
      <translation>Centroid x</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Centroid y</source>
      <translation>Centroid y</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Changes the raster of segments itself.</source>
      <translation>Changes the raster of segments itself.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Compactness</source>
      <translation>Compactness</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Data type of the mean image</source>
      <translation>Data type of the mean image</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Elongation</source>
      <translation>Elongation</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Further rasters (all their bands)</source>
      <translation>Further rasters (all their bands)</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>In scripts: names such as “mean” and “stddev”, or positions in this list.</source>
      <translation>In scripts: names such as “mean” and “stddev”, or positions in this list.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Lengths and areas are in units of the map. The formulas are in the help.</source>
      <translation>Lengths and areas are in units of the map. The formulas are in the help.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Maximum</source>
      <translation>Maximum</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Mean</source>
      <translation>Mean</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Mean difference to the neighbours, of every band</source>
      <translation>Mean difference to the neighbours, of every band</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Mean image</source>
      <translation>Mean image</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Measured in the same pass; the names of their columns begin with that of the file.</source>
      <translation>Measured in the same pass; the names of their columns begin with that of the file.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Median</source>
      <translation>Median</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Minimum</source>
      <translation>Minimum</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Minority (least frequent value)</source>
      <translation>Minority (least frequent value)</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Mode (most frequent value)</source>
      <translation>Mode (most frequent value)</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Neighbours</source>
      <translation>Neighbours</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Neighbours are segments that share an edge of a pixel.</source>
      <translation>Neighbours are segments that share an edge of a pixel.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Number of columns</source>
      <translation>Number of columns</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Number of distinct values</source>
      <translation>Number of distinct values</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Number of neighbours</source>
      <translation>Number of neighbours</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Number of pixels</source>
      <translation>Number of pixels</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Number of tiles worked on at the same time.</source>
      <translation>Number of tiles worked on at the same time.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Number of valid pixels</source>
      <translation>Number of valid pixels</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Numbers from 0 to 100, separated by commas.</source>
      <translation>Numbers from 0 to 100, separated by commas.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Orientation</source>
      <translation>Orientation</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Percentiles of every band (such as 5, 97.5)</source>
      <translation>Percentiles of every band (such as 5, 97.5)</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Perimeter</source>
      <translation>Perimeter</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Prefix of the columns of the raster to measure</source>
      <translation>Prefix of the columns of the raster to measure</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Range</source>
      <translation>Range</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Raster to measure (empty: only shapes)</source>
      <translation>Raster to measure (empty: only shapes)</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Rectangularity</source>
      <translation>Rectangularity</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Resampling of rasters on another grid</source>
      <translation>Resampling of rasters on another grid</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Shape</source>
      <translation>Shape</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Share of the border with the most similar neighbour</source>
      <translation>Share of the border with the most similar neighbour</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Standard deviation</source>
      <translation>Standard deviation</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Statistics of every band</source>
      <translation>Statistics of every band</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Such rasters are warped to the pixels of the segments as they are read.</source>
      <translation>Such rasters are warped to the pixels of the segments as they are read.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Sum</source>
      <translation>Sum</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>The image whose values are summed up. It may lie on another grid than the segments. Without one, only shapes and neighbours are measured.</source>
      <translation>The image whose values are summed up. It may lie on another grid than the segments. Without one, only shapes and neighbours are measured.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>The raster to measure, in which every segment is painted with its mean values.</source>
      <translation>The raster to measure, in which every segment is painted with its mean values.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>Variance</source>
      <translation>Variance</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>“input” is that of the raster to measure; means are rounded where that is whole numbers.</source>
      <translation>“input” is that of the raster to measure; means are rounded where that is whole numbers.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>“local” is this computer.</source>
      <translation>“local” is this computer.</translation>
    </message>
    <message>
      <location filename="../../algorithms/statisticsparameters.py" />
      <source>“s2” makes “s2_b1_mean” of “b1_mean”.</source>
      <translation>“s2” makes “s2_b1_mean” of “b1_mean”.</translation>
    </message>
    <message>
      <location filename="../../plugin/cleanup.py" />
      <source>Deleting what jobs have left on AWS</source>
      <translation>Deleting what jobs have left on AWS</translation>
    </message>
    <message>
      <location filename="../../plugin/compute_widget.py" />
      <source>AWS Fargate: {profile}</source>
      <translation>AWS Fargate: {profile}</translation>
    </message>
    <message>
      <location filename="../../plugin/compute_widget.py" />
      <source>Model input “{name}”</source>
      <translation>Model input “{name}”</translation>
    </message>
    <message>
      <location filename="../../plugin/compute_widget.py" />
      <source>This computer</source>
      <translation>This computer</translation>
    </message>
    <message>
      <location filename="../../plugin/compute_widget.py" />
      <source>{name} (there is no such profile here)</source>
      <translation>{name} (there is no such profile here)</translation>
    </message>
    <message>
      <location filename="../../plugin/menu.py" />
      <source>&amp;Help</source>
      <translation>&amp;Help</translation>
    </message>
    <message>
      <location filename="../../plugin/menu.py" />
      <source>&amp;Jobs on AWS…</source>
      <translation>&amp;Jobs on AWS…</translation>
    </message>
    <message>
      <location filename="../../plugin/menu.py" />
      <source>&amp;Segment the Active Layer…</source>
      <translation>&amp;Segment the Active Layer…</translation>
    </message>
    <message>
      <location filename="../../plugin/menu.py" />
      <source>&amp;Try the Sample Image…</source>
      <translation>&amp;Try the Sample Image…</translation>
    </message>
    <message>
      <location filename="../../plugin/menu.py" />
      <source>Cores, memory, where the engine runs, and Fargate profiles</source>
      <translation>Cores, memory, where the engine runs, and Fargate profiles</translation>
    </message>
    <message>
      <location filename="../../plugin/menu.py" />
      <source>List, collect, watch or delete jobs that run on AWS Fargate</source>
      <translation>List, collect, watch or delete jobs that run on AWS Fargate</translation>
    </message>
    <message>
      <location filename="../../plugin/menu.py" />
      <source>Load a small satellite image and open the form to segment it</source>
      <translation>Load a small satellite image and open the form to segment it</translation>
    </message>
    <message>
      <location filename="../../plugin/menu.py" />
      <source>Open the documentation</source>
      <translation>Open the documentation</translation>
    </message>
    <message>
      <location filename="../../plugin/menu.py" />
      <source>S&amp;ettings…</source>
      <translation>S&amp;ettings…</translation>
    </message>
    <message>
      <location filename="../../plugin/menu.py" />
      <source>Segment the raster layer that is selected in the layer panel</source>
      <translation>Segment the raster layer that is selected in the layer panel</translation>
    </message>
    <message>
      <location filename="../../plugin/menu.py" />
      <source>The toolbox is not loaded.</source>
      <translation>The toolbox is not loaded.</translation>
    </message>
    <message>
      <location filename="../../plugin/notices.py" />
      <source>How to Install It</source>
      <translation>How to Install It</translation>
    </message>
    <message>
      <location filename="../../plugin/notices.py" />
      <source>QGIS ended while the engine was being loaded. From now on it runs in a process of its own, where that does no harm.</source>
      <translation>QGIS ended while the engine was being loaded. From now on it runs in a process of its own, where that does no harm.</translation>
    </message>
    <message>
      <location filename="../../plugin/notices.py" />
      <source>Settings</source>
      <translation>Settings</translation>
    </message>
    <message>
      <location filename="../../plugin/notices.py" />
      <source>numba is missing, without which nothing can be segmented.</source>
      <translation>numba is missing, without which nothing can be segmented.</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source> GB</source>
      <translation> GB</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>&amp;Cores</source>
      <translation>&amp;Cores</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>&amp;Memory</source>
      <translation>&amp;Memory</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>A change of this folder takes effect when QGIS is started again.</source>
      <translation>A change of this folder takes effect when QGIS is started again.</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>A run that would need more is refused before it starts.</source>
      <translation>A run that would need more is refused before it starts.</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>A separate process takes about two seconds longer to start; if it crashes, QGIS goes on.</source>
      <translation>A separate process takes about two seconds longer to start; if it crashes, QGIS goes on.</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>All</source>
      <translation>All</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>Automatic</source>
      <translation>Automatic</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>Com&amp;piled kernels</source>
      <translation>Com&amp;piled kernels</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>Engine</source>
      <translation>Engine</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>Engine &amp;runs</source>
      <translation>Engine &amp;runs</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>Folder for compiled kernels</source>
      <translation>Folder for compiled kernels</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>For runs that do not name a number of cores themselves.</source>
      <translation>For runs that do not name a number of cores themselves.</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>In QGIS itself</source>
      <translation>In QGIS itself</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>In a separate Python process</source>
      <translation>In a separate Python process</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>Profiles for AWS Fargate</source>
      <translation>Profiles for AWS Fargate</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>Python: {path}</source>
      <translation>Python: {path}</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>The quickest way. Change it if QGIS closes when a run starts.</source>
      <translation>The quickest way. Change it if QGIS closes when a run starts.</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>What is free</source>
      <translation>What is free</translation>
    </message>
    <message>
      <location filename="../../plugin/options_page.py" />
      <source>Where the engine, compiled for this computer, is kept between sessions (about 10 MB).</source>
      <translation>Where the engine, compiled for this computer, is kept between sessions (about 10 MB).</translation>
    </message>
    <message>
      <location filename="../../plugin/pixelarea.py" />
      <source>≈ {area} in the middle of the image</source>
      <translation>≈ {area} in the middle of the image</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/background.py" />
      <source>It failed: {error}. The message log has the details.</source>
      <translation>It failed: {error}. The message log has the details.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/dialog.py" />
      <source>Access</source>
      <translation>Access</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/dialog.py" />
      <source>Choose one, or another way to the credentials.</source>
      <translation>Choose one, or another way to the credentials.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/dialog.py" />
      <source>Containers</source>
      <translation>Containers</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/dialog.py" />
      <source>Fargate Profile</source>
      <translation>Fargate Profile</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/dialog.py" />
      <source>Fill from a stac&amp;k…</source>
      <translation>Fill from a stac&amp;k…</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/dialog.py" />
      <source>Limits</source>
      <translation>Limits</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/dialog.py" />
      <source>Network</source>
      <translation>Network</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/dialog.py" />
      <source>Takes fields from the outputs of an AWS CloudFormation stack.</source>
      <translation>Takes fields from the outputs of an AWS CloudFormation stack.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/dialog.py" />
      <source>This is needed.</source>
      <translation>This is needed.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Architecture</source>
      <translation>&amp;Architecture</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Authentication</source>
      <translation>&amp;Authentication</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Credentials</source>
      <translation>&amp;Credentials</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Disk</source>
      <translation>&amp;Disk</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Execution role</source>
      <translation>&amp;Execution role</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Folder in the bucket</source>
      <translation>&amp;Folder in the bucket</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Name</source>
      <translation>&amp;Name</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Processors</source>
      <translation>&amp;Processors</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Reads of the input at once</source>
      <translation>&amp;Reads of the input at once</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Region</source>
      <translation>&amp;Region</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Subnets</source>
      <translation>&amp;Subnets</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>&amp;Workers</source>
      <translation>&amp;Workers</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>20 GiB (included)</source>
      <translation>20 GiB (included)</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>A job that would cost more is refused.</source>
      <translation>A job that would cost more is refused.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>A job that would take longer is refused, and ends after this.</source>
      <translation>A job that would take longer is refused, and ends after this.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>A name that “aws configure list-profiles” shows.</source>
      <translation>A name that “aws configure list-profiles” shows.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>A named AWS profile</source>
      <translation>A named AWS profile</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>A&amp;WS profile</source>
      <translation>A&amp;WS profile</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>AWS region of everything.</source>
      <translation>AWS region of everything.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>AWS's default chain</source>
      <translation>AWS's default chain</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Address of the worker's image.</source>
      <translation>Address of the worker's image.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Cheaper; on demand where there is no capacity. The coordinator is always on demand.</source>
      <translation>Cheaper; on demand where there is no capacity. The coordinator is always on demand.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Container &amp;image</source>
      <translation>Container &amp;image</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>ECS c&amp;luster</source>
      <translation>ECS c&amp;luster</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Empty: one is made for every job.</source>
      <translation>Empty: one is made for every job.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>For jobs, in the same region.</source>
      <translation>For jobs, in the same region.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>For runs that name no number themselves.</source>
      <translation>For runs that name no number themselves.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Give tasks a &amp;public address</source>
      <translation>Give tasks a &amp;public address</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Highest &amp;cost</source>
      <translation>Highest &amp;cost</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Jobs are kept below this.</source>
      <translation>Jobs are kept below this.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Keys are never kept in a profile.</source>
      <translation>Keys are never kept in a profile.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Lo&amp;g group</source>
      <translation>Lo&amp;g group</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Longest &amp;time</source>
      <translation>Longest &amp;time</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Method Basic: user name and password are the access key id and the secret access key.</source>
      <translation>Method Basic: user name and password are the access key id and the secret access key.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Need only outgoing connections.</source>
      <translation>Need only outgoing connections.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Needed in subnets without a NAT gateway or endpoints.</source>
      <translation>Needed in subnets without a NAT gateway or endpoints.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>No limit</source>
      <translation>No limit</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Of CloudWatch; empty: no logs.</source>
      <translation>Of CloudWatch; empty: no logs.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Of a task.</source>
      <translation>Of a task.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Of a worker.</source>
      <translation>Of a worker.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Over all workers.</source>
      <translation>Over all workers.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Put on everything: name=value, with commas in between.</source>
      <translation>Put on everything: name=value, with commas in between.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>S3 &amp;bucket</source>
      <translation>S3 &amp;bucket</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Security &amp;groups</source>
      <translation>Security &amp;groups</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Several are better: another one is tried when one has no capacity.</source>
      <translation>Several are better: another one is tried when one has no capacity.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Ta&amp;gs</source>
      <translation>Ta&amp;gs</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Ta&amp;sk role</source>
      <translation>Ta&amp;sk role</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>The QGIS authentication database</source>
      <translation>The QGIS authentication database</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>What COMPUTE and the list of profiles call it.</source>
      <translation>What COMPUTE and the list of profiles call it.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>What ECS may do to start it.</source>
      <translation>What ECS may do to start it.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>What the container may do.</source>
      <translation>What the container may do.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>What the image is built for.</source>
      <translation>What the image is built for.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/forms.py" />
      <source>Workers on Fargate &amp;Spot</source>
      <translation>Workers on Fargate &amp;Spot</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>&amp;Add…</source>
      <translation>&amp;Add…</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>&amp;Duplicate…</source>
      <translation>&amp;Duplicate…</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>&amp;Edit…</source>
      <translation>&amp;Edit…</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>&amp;Import…</source>
      <translation>&amp;Import…</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>&amp;Test</source>
      <translation>&amp;Test</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>A profile says where and how jobs run on AWS. Local runs need none.</source>
      <translation>A profile says where and how jobs run on AWS. Local runs need none.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>E&amp;xport…</source>
      <translation>E&amp;xport…</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>Export profile</source>
      <translation>Export profile</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>Fargate</source>
      <translation>Fargate</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>Import profiles</source>
      <translation>Import profiles</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>Imported: {names}.</source>
      <translation>Imported: {names}.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>Remo&amp;ve</source>
      <translation>Remo&amp;ve</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>Testing “{name}”…</source>
      <translation>Testing “{name}”…</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>There is no profile in {path}.</source>
      <translation>There is no profile in {path}.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>“{name}” was removed. Cancel brings it back.</source>
      <translation>“{name}” was removed. Cancel brings it back.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/list_widget.py" />
      <source>“{name}” was written to {path}.</source>
      <translation>“{name}” was written to {path}.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/probe.py" />
      <source>“{name}” works: AWS answers, and everything that a job needs is there.</source>
      <translation>“{name}” works: AWS answers, and everything that a job needs is there.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_dialog.py" />
      <source>&amp;Fill</source>
      <translation>&amp;Fill</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_dialog.py" />
      <source>&amp;Stack</source>
      <translation>&amp;Stack</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_dialog.py" />
      <source>Fill from a Stack</source>
      <translation>Fill from a Stack</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_dialog.py" />
      <source>Looking for stacks…</source>
      <translation>Looking for stacks…</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_dialog.py" />
      <source>Name or ARN</source>
      <translation>Name or ARN</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_dialog.py" />
      <source>Name or ARN of a stack.</source>
      <translation>Name or ARN of a stack.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_dialog.py" />
      <source>No complete stack in {region} has outputs that a profile knows.</source>
      <translation>No complete stack in {region} has outputs that a profile knows.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_dialog.py" />
      <source>Reading “{name}”…</source>
      <translation>Reading “{name}”…</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_dialog.py" />
      <source>The outputs of an AWS CloudFormation stack become fields of the profile. Choose a stack in {region}, or enter its name.</source>
      <translation>The outputs of an AWS CloudFormation stack become fields of the profile. Choose a stack in {region}, or enter its name.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_filling.py" />
      <source>Filled from “{stack}”: {fields}.</source>
      <translation>Filled from “{stack}”: {fields}.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_filling.py" />
      <source>Left as it was, the stack does not give it: {fields}.</source>
      <translation>Left as it was, the stack does not give it: {fields}.</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_filling.py" />
      <source>Not taken from the stack: {field}. {problem}</source>
      <translation>Not taken from the stack: {field}. {problem}</translation>
    </message>
    <message>
      <location filename="../../plugin/profiles/stack_filling.py" />
      <source>Still needed, the stack does not give it: {fields}.</source>
      <translation>Still needed, the stack does not give it: {fields}.</translation>
    </message>
    <message>
      <location filename="../../plugin/sample.py" />
      <source>Sample: the river Inn, Sentinel-2</source>
      <translation>Sample: the river Inn, Sentinel-2</translation>
    </message>
    <message>
      <location filename="../../plugin/tries.py" />
      <source>“{name}”, an earlier try on a part of this image, makes room for this one. To keep a try, rename its layer, or save it to a file.</source>
      <translation>“{name}”, an earlier try on a part of this image, makes room for this one. To keep a try, rename its layer, or save it to a file.</translation>
    </message>
  </context>
</TS>
